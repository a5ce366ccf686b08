rule webshell_php_request_executed
{
    meta:
        id = "8420f394-65e2-55ca-a12d-78351d7fd7ac"
        title = "PHP web shell: request data is executed"
        title_zh = "PHP Webshell：请求数据被直接执行"
        description = "A PHP script hands a value of the request, plain or decoded, to eval, assert, system or the like: whoever can call the page runs commands."
        description_zh = "PHP 脚本把请求中的值（明文或解码后）交给 eval、assert、system 等执行：任何能访问该页面的人都能执行命令。"
        level = "high"
        status = "experimental"
        techniques = "T1505.003 T1059"
        tactics = "TA0003 TA0002"
        misses = "Shells whose function names are assembled at run time from single letters, or that take their code from a session or a database."
        misses_zh = "函数名由单个字符在运行时拼接，或代码来自会话、数据库的 Webshell。"
        falsepositives = "Exercises of PHP security trainings"
        falsepositives_zh = "PHP 安全培训的练习代码"
        references = "https://attack.mitre.org/techniques/T1505/003/"
    strings:
        $php = "<?php" nocase
        $short = "<?="
        $direct = /\b(eval|assert|system|passthru|shell_exec|popen|proc_open|pcntl_exec)\s{0,20}\(\s{0,20}@?\$_(GET|POST|REQUEST|COOKIE|SERVER)\s{0,5}\[/ nocase
        $decoded = /\b(eval|assert)\s{0,20}\(\s{0,20}@?(base64_decode|gzinflate|gzuncompress|str_rot13|strrev|hex2bin|rawurldecode)\s{0,20}\(.{0,80}\$_(GET|POST|REQUEST|COOKIE|SERVER)\s{0,5}\[/ nocase
        $called = /\$_(GET|POST|REQUEST|COOKIE)\s{0,5}\[[^\]]{1,40}\]\s{0,5}\(\s{0,5}@?\$_(GET|POST|REQUEST|COOKIE)/ nocase
        $backtick = /`[^`\n]{0,60}\$_(GET|POST|REQUEST|COOKIE)\[[^`\n]{1,60}`/
    condition:
        filesize < 2MB and ($php or $short) and any of ($direct, $decoded, $called, $backtick)
}
