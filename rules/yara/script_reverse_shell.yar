rule script_reverse_shell
{
    meta:
        id = "c60bf50a-82a4-5f4a-9d9f-5577122918c1"
        title = "Script that connects a shell to a remote host"
        title_zh = "将命令行反连到远程主机的脚本"
        description = "A short script that ties a shell's input and output to a network connection."
        description_zh = "简短脚本，把命令行的输入输出接到网络连接上。"
        level = "high"
        status = "experimental"
        techniques = "T1059.004 T1059.006 T1071"
        tactics = "TA0002 TA0011"
        misses = "Scripts that encrypt or assemble the words, and compiled programs."
        misses_zh = "对关键词加密或拼接的脚本，以及编译程序。"
        falsepositives = "Notes and tools of penetration testers"
        falsepositives_zh = "渗透测试人员的笔记和工具"
        references = "https://attack.mitre.org/techniques/T1059/004/"
    strings:
        $bash = /\b(ba|z|k|da)?sh\s{1,4}-i\s{0,4}[0-9]?>&?\s{0,4}\/dev\/tcp\/[\w.:-]{3,80}\/\d{1,5}/
        $exec = /exec\s{1,4}\d{1,3}<>\s{0,4}\/dev\/tcp\/[\w.:-]{3,80}\/\d{1,5}/
        $fifo = /mkfifo\s{1,4}(\S{1,60})\s{0,4};[^\n]{0,60}\|\s{0,4}(\/bin\/)?(ba)?sh\s{1,4}-i[^\n]{0,30}\|\s{0,4}(nc|ncat|openssl)/
        $netcat = /\b(nc|ncat|netcat)\s[^\n]{0,60}-(e|c)\s{1,4}["']?(\/bin\/(ba)?sh|cmd(\.exe)?)\b/
        $python = /socket\.socket\([^\n]{0,200}\.connect\(\([^\n]{0,200}os\.dup2\([^\n]{0,300}(subprocess|pty\.spawn|os\.system)/
        $perl = /perl\s[^\n]{0,30}use Socket;[^\n]{0,200}open\(STDIN,["']>&S["']\)/
        $php = /fsockopen\(["'][\w.:-]{3,80}["'],\s{0,3}\d{1,5}\)[^\n]{0,80}(exec|shell_exec|proc_open|system)\(/
        $powershell = /New-Object\s{1,4}(System\.)?Net\.Sockets\.TCPClient\([^\n]{0,200}GetStream\(\)[^\n]{0,400}(iex|Invoke-Expression)/ nocase
    condition:
        filesize < 1MB and uint16(0) != 0x5A4D and uint32be(0) != 0x7F454C46 and any of them
}
