rule webshell_jsp_command
{
    meta:
        id = "6c0ed247-23b6-5323-b9ad-f14cd1a99e18"
        title = "JSP web shell: request parameter runs as a command"
        title_zh = "JSP Webshell：请求参数作为命令执行"
        description = "A Java server page passes a request parameter to Runtime.exec or ProcessBuilder, or loads a class out of the request."
        description_zh = "JSP 页面把请求参数传给 Runtime.exec 或 ProcessBuilder，或从请求中加载类。"
        level = "high"
        status = "experimental"
        techniques = "T1505.003 T1059"
        tactics = "TA0003 TA0002"
        misses = "Shells that reach exec by reflection with assembled names, and compiled classes."
        misses_zh = "通过反射拼接名称调用 exec 的 Webshell，以及编译后的 class 文件。"
        falsepositives = "Administration pages that run commands on purpose"
        falsepositives_zh = "有意执行命令的管理页面"
        references = "https://attack.mitre.org/techniques/T1505/003/"
    strings:
        $page = /<%[@!=\s]/
        $parameter = /request\s{0,5}\.\s{0,5}get(Parameter|Header|InputStream|Reader)\s{0,5}\(/
        $exec = /getRuntime\s{0,5}\(\s{0,5}\)\s{0,5}\.\s{0,5}exec\s{0,5}\(/
        $builder = /new\s{1,5}(java\.lang\.)?ProcessBuilder\s{0,5}\(/
        $define = "defineClass" fullword
        $loader = "ClassLoader" fullword
    condition:
        filesize < 1MB and $page and $parameter and ($exec or $builder or ($define and $loader))
}
