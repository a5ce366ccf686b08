rule script_downloads_and_runs
{
    meta:
        id = "5b3515d3-68f9-5203-b4de-563460eaf549"
        title = "Script that downloads a program and runs it"
        title_zh = "下载并运行程序的脚本"
        description = "A VBScript or JScript file fetches something over HTTP, writes it to disk and starts it."
        description_zh = "VBScript 或 JScript 文件通过 HTTP 下载内容、写入磁盘并启动。"
        level = "medium"
        status = "experimental"
        techniques = "T1059.005 T1059.007 T1105"
        tactics = "TA0002 TA0011"
        misses = "Scripts whose names are encoded or assembled at run time."
        misses_zh = "名称经过编码或在运行时拼接的脚本。"
        falsepositives = "Installers written as scripts"
        falsepositives_zh = "以脚本编写的安装程序"
        references = "https://attack.mitre.org/techniques/T1105/"
    strings:
        $http = /(MSXML2\.(Server)?XMLHTTP|Microsoft\.XMLHTTP|WinHttp\.WinHttpRequest)/ nocase ascii wide
        $stream = "ADODB.Stream" nocase ascii wide
        $save = /\.SaveToFile\b/ nocase ascii wide
        $run = /(WScript\.Shell|Shell\.Application)/ nocase ascii wide
        $start = /\.(Run|Exec|ShellExecute)\b/ nocase ascii wide
        $make = /(CreateObject|ActiveXObject)\s{0,5}\(/ nocase ascii wide
    condition:
        filesize < 1MB and uint16(0) != 0x5A4D and uint32be(0) != 0x7F454C46 and all of them
}
