rule powershell_encoded_dropper
{
    meta:
        id = "97370bfe-63b6-5ebe-9ef5-99b689e2476b"
        title = "PowerShell started hidden with encoded code"
        title_zh = "隐藏窗口运行的编码 PowerShell"
        description = "A file starts PowerShell without window or profile and gives it its code in Base64, or downloads and runs it in one line."
        description_zh = "文件以无窗口、无配置方式启动 PowerShell，并以 Base64 传入代码，或一行内完成下载与执行。"
        level = "high"
        status = "experimental"
        techniques = "T1059.001 T1027.010"
        tactics = "TA0002 TA0005"
        misses = "Parameters shortened in unusual ways, broken up by carets or variables, or read from elsewhere."
        misses_zh = "以不常见方式缩写、用脱字符或变量拆分、或从别处读取的参数。"
        falsepositives = "Software distribution that starts PowerShell with encoded commands"
        falsepositives_zh = "使用编码命令启动 PowerShell 的软件分发"
        references = "https://attack.mitre.org/techniques/T1059/001/"
    strings:
        $encoded = /powershell(\.exe)?["']?\s[^\r\n]{0,120}-e(nc|ncodedcommand|c)?\s{1,3}["']?[A-Za-z0-9+\/]{60}/ nocase ascii wide
        $hidden = /-w(in|indowstyle)?\s{1,3}(hidden|1)\b/ nocase ascii wide
        $noprofile = /-nop(rofile)?\b/ nocase ascii wide
        $bypass = /-e(p|xec|xecutionpolicy)\s{1,3}(bypass|unrestricted)/ nocase ascii wide
        $cradle = /(iex|invoke-expression)[\s\(&'"]{1,6}[^\r\n]{0,60}(downloadstring|downloaddata|invoke-webrequest|iwr)\b/ nocase ascii wide
        $shell = /powershell(\.exe)?/ nocase ascii wide
    condition:
        filesize < 5MB and (
            ($encoded and any of ($hidden, $noprofile, $bypass)) or
            ($cradle and $shell and $hidden)
        )
}
