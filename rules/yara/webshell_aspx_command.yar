rule webshell_aspx_command
{
    meta:
        id = "753c9dda-4a78-56fb-8f5d-29d34da44468"
        title = "ASP.NET web shell: request data is executed"
        title_zh = "ASP.NET Webshell：请求数据被执行"
        description = "An ASP or ASP.NET page evaluates a value of the request, or starts a process with it."
        description_zh = "ASP 或 ASP.NET 页面对请求中的值求值，或用其启动进程。"
        level = "high"
        status = "experimental"
        techniques = "T1505.003 T1059.003"
        tactics = "TA0003 TA0002"
        misses = "Precompiled assemblies, and pages that take their code from elsewhere than the request."
        misses_zh = "预编译程序集，以及代码不来自请求的页面。"
        falsepositives = "Administration pages that start processes on purpose"
        falsepositives_zh = "有意启动进程的管理页面"
        references = "https://attack.mitre.org/techniques/T1505/003/"
    strings:
        $page = "<%"
        $script = /<script[^>]{1,80}runat\s{0,3}=/ nocase
        $eval = /\b(eval|execute|executeglobal)\s{0,5}\(?\s{0,5}request\s{0,5}(\.\s{0,5}(item|form|querystring))?\s{0,5}[\(\[]/ nocase
        $start = /(Process\.Start|ProcessStartInfo)\s{0,5}\(/
        $command = /["'](\/c |cmd(\.exe)?["'])/ nocase
        $request = /Request\s{0,5}(\.\s{0,5}(Item|Form|QueryString|Params|Headers))?\s{0,5}[\[\(]/ nocase
    condition:
        filesize < 1MB and ($page or $script) and ($eval or ($start and $command and $request))
}
