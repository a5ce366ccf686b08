rule office_macro_runs_shell
{
    meta:
        id = "6e85253e-dc13-511c-9fec-45fbff24f1aa"
        title = "Office macro that runs by itself and starts programs"
        title_zh = "自动运行并启动程序的 Office 宏"
        description = "An OLE document or macro project names an automatic entry point and the means to start a program or to download."
        description_zh = "OLE 文档或宏工程含有自动执行入口，并具备启动程序或下载的手段。"
        level = "high"
        status = "experimental"
        techniques = "T1204.002 T1059.005"
        tactics = "TA0002"
        misses = "Macros whose text is compressed so that words are cut (the engine does not undo VBA compression), and Excel 4 macros."
        misses_zh = "被压缩后关键词被截断的宏（引擎不解 VBA 压缩），以及 Excel 4 宏。"
        falsepositives = "Macros of in-house tools that start programs"
        falsepositives_zh = "单位内部启动程序的宏工具"
        references = "https://attack.mitre.org/techniques/T1059/005/"
    strings:
        $project = "_VBA_PROJECT" ascii wide
        $attribute = "Attribut" ascii
        $auto = /\b(Auto_?Open|Auto_?Close|Document_Open|Workbook_Open|AutoExec|Document_Close)\b/ nocase
        $shell = /\b(WScript\.Shell|Shell\.Application|ShellExecute|Win32_Process)\b/ nocase
        $object = "CreateObject" nocase
        $download = /\b(URLDownloadToFile|MSXML2\.XMLHTTP|Microsoft\.XMLHTTP|WinHttp\.WinHttpRequest|ADODB\.Stream)/ nocase
        $powershell = /powershell|cmd(\.exe)? \/c|mshta|regsvr32|rundll32/ nocase
    condition:
        uint32be(0) == 0xD0CF11E0 and filesize < 20MB and ($project or $attribute) and $auto and
        2 of ($shell, $object, $download, $powershell)
}
