rule pdf_launches_program
{
    meta:
        id = "f9cbaab6-e5b1-5a01-9b99-b2ba24e2b4f0"
        title = "PDF that launches a program or script by itself"
        title_zh = "自动启动程序或脚本的 PDF"
        description = "A PDF whose opening action launches a program, or runs JavaScript that unpacks or exports an attachment."
        description_zh = "打开时启动程序，或运行 JavaScript 释放附件的 PDF。"
        level = "high"
        status = "experimental"
        techniques = "T1204.002 T1203"
        tactics = "TA0002"
        misses = "Actions inside compressed object streams, which the engine does not unpack."
        misses_zh = "压缩对象流中的动作（引擎不解压）。"
        falsepositives = "Forms that open a helper program"
        falsepositives_zh = "打开辅助程序的表单"
        references = "https://attack.mitre.org/techniques/T1204/002/"
    strings:
        $launch = /\/Launch\b/
        $program = /\/(Win|F|P)\s{0,5}(<<|\()[^>\n]{0,200}(cmd|powershell|mshta|wscript|\.exe|\.bat|\.vbs|\.js|\/c )/ nocase
        $open = /\/(OpenAction|AA)\b/
        $javascript = /\/(JavaScript|JS)\b/
        $export = /exportDataObject\s{0,5}\(/
        $launched = /nLaunch\s{0,5}:\s{0,5}[12]/
        $spray = /unescape\s{0,5}\(\s{0,5}["']%u[0-9a-f]{4}%u[0-9a-f]{4}/ nocase
    condition:
        uint32be(0) == 0x25504446 and filesize < 30MB and (
            ($launch and $program) or ($javascript and $open and (($export and $launched) or $spray))
        )
}
