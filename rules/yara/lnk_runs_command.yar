rule lnk_runs_command
{
    meta:
        id = "d739a6de-9882-5527-a728-17fbe410a16d"
        title = "Shortcut that starts a script interpreter"
        title_zh = "启动脚本解释器的快捷方式"
        description = "A Windows shortcut whose arguments start PowerShell, cmd, mshta or another interpreter with code or an address."
        description_zh = "Windows 快捷方式的参数以代码或网址启动 PowerShell、cmd、mshta 等解释器。"
        level = "high"
        status = "experimental"
        techniques = "T1204.002 T1059 T1547.009"
        tactics = "TA0002"
        misses = "Arguments padded past what is read, or that name another shortcut or a copied interpreter."
        misses_zh = "参数被填充到读取范围之外，或指向另一快捷方式、被复制改名的解释器。"
        falsepositives = "Shortcuts of administrators to their scripts"
        falsepositives_zh = "管理员指向自己脚本的快捷方式"
        references = "https://attack.mitre.org/techniques/T1204/002/"
    strings:
        $command = /(powershell|cmd|mshta|wscript|cscript|rundll32|regsvr32|certutil|bitsadmin|curl|conhost)(\.exe)?/ nocase ascii wide
        $code = /(\/c |-e(nc|c|p)? |-w(in|indowstyle)? ?h|-nop|iex|downloadstring|https?:\/\/|javascript:|vbscript:|\/i:http|FromBase64String)/ nocase ascii wide
    condition:
        uint32(0) == 0x0000004C and uint32(4) == 0x00021401 and filesize < 10MB and $command and $code
}
