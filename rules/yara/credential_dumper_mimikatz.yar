rule credential_dumper_mimikatz
{
    meta:
        id = "480795b8-73b2-5934-bc7e-199aec36f12d"
        title = "Mimikatz, the Windows credential dumper"
        title_zh = "Windows 凭据窃取工具 Mimikatz"
        description = "The commands and messages of Mimikatz or of a tool built around it."
        description_zh = "Mimikatz 或其衍生工具的命令与提示信息。"
        level = "critical"
        status = "experimental"
        techniques = "T1003.001 T1558.001"
        tactics = "TA0006"
        misses = "Builds whose strings were renamed or encrypted."
        misses_zh = "字符串被改名或加密的版本。"
        falsepositives = "Detection rules and reports that quote its commands"
        falsepositives_zh = "引用其命令的检测规则和报告"
        references = "https://attack.mitre.org/techniques/T1003/001/"
    strings:
        $logon = /sekurlsa::(logonpasswords|msv|wdigest|kerberos|minidump|pth|tickets)/ nocase ascii wide
        $sam = /lsadump::(sam|secrets|cache|lsa|dcsync|dcshadow)/ nocase ascii wide
        $golden = /kerberos::(golden|ptt|list|purge)/ nocase ascii wide
        $privilege = "privilege::debug" nocase ascii wide
        $crypto = /crypto::(capi|cng|certificates|keys)/ nocase ascii wide
        $author = "gentilkiwi" ascii wide
        $name = "mimikatz" nocase ascii wide
        $english = "A La Vie, A L'Amour" ascii wide
    condition:
        filesize < 20MB and (
            (uint16(0) == 0x5A4D and 2 of them) or
            (#logon + #sam + #golden >= 2 and ($privilege or $crypto or $author or $english))
        )
}
