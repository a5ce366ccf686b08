rule hta_runs_code
{
    meta:
        id = "f33396db-bc90-54e4-9fa7-10dd8b894820"
        title = "HTML application that starts programs"
        title_zh = "启动程序的 HTML 应用 (HTA)"
        description = "An HTML application, outside the browser's sandbox, whose script starts a program."
        description_zh = "不受浏览器沙箱约束的 HTML 应用，其脚本会启动程序。"
        level = "high"
        status = "experimental"
        techniques = "T1218.005 T1059.005"
        tactics = "TA0005 TA0002"
        misses = "Scripts encoded as a whole (VBScript.Encode) or written by document.write."
        misses_zh = "整体编码 (VBScript.Encode) 或由 document.write 写出的脚本。"
        falsepositives = "HTML applications of administrators"
        falsepositives_zh = "管理员自用的 HTML 应用"
        references = "https://attack.mitre.org/techniques/T1218/005/"
    strings:
        $application = /<hta:application/ nocase ascii wide
        $script = /<script/ nocase ascii wide
        $hide = /(window\.)?(resizeTo\s{0,3}\(\s{0,3}[0-9]\s{0,3},|moveTo\s{0,3}\(\s{0,3}-\d{3,})|windowstate\s{0,3}=\s{0,3}["']?minimize|showintaskbar\s{0,3}=\s{0,3}["']?no/ nocase ascii wide
        $shell = /(WScript\.Shell|Shell\.Application|Win32_Process)/ nocase ascii wide
        $object = /(CreateObject|ActiveXObject|GetObject)/ nocase ascii wide
    condition:
        filesize < 5MB and $script and $shell and $object and ($application or $hide)
}
