rule coin_miner_configuration
{
    meta:
        id = "9bf84f07-5ec2-5005-ae71-6a67770ee152"
        title = "Configuration of a coin miner"
        title_zh = "挖矿程序配置文件"
        description = "A configuration as XMRig and its kin read it: pools with wallet and algorithm."
        description_zh = "XMRig 及同类程序使用的配置：矿池、钱包与算法。"
        level = "medium"
        status = "experimental"
        techniques = "T1496.001"
        tactics = "TA0040"
        misses = "Configurations handed over on the command line, encrypted, or of miners with other keys."
        misses_zh = "通过命令行传入、加密、或使用其他键名的配置。"
        falsepositives = "Miners run on purpose"
        falsepositives_zh = "有意运行的挖矿程序"
        references = "https://xmrig.com/docs/miner/config"
    strings:
        $pools = /"pools"\s{0,10}:\s{0,10}\[/
        $url = /"url"\s{0,10}:\s{0,10}"[^"\n]{4,120}:\d{2,5}"/
        $user = /"user"\s{0,10}:\s{0,10}"[48][0-9A-Za-z]{90,110}/
        $donate = /"donate-level"\s{0,10}:/
        $algorithm = /"algo"\s{0,10}:\s{0,10}(null|"(rx|cn|kawpow|argon2|ghostrider))/
        $huge = /"huge-pages"\s{0,10}:/
        $nicehash = /"nicehash"\s{0,10}:/
    condition:
        filesize < 256KB and $pools and $url and ($user or 2 of ($donate, $algorithm, $huge, $nicehash))
}
