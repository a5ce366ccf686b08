rule elf_coin_miner
{
    meta:
        id = "b40c4fdb-d94e-53eb-938e-ad77a3da6c05"
        title = "Coin miner for Linux"
        title_zh = "Linux 挖矿程序"
        description = "An ELF program speaks a mining pool's protocol and names mining algorithms or the options of a miner."
        description_zh = "ELF 程序使用矿池协议，并含挖矿算法或矿工参数。"
        level = "high"
        status = "experimental"
        techniques = "T1496.001 T1027.002"
        tactics = "TA0040 TA0005"
        misses = "Miners packed so that none of their strings can be read, other than by the packer's own marks."
        misses_zh = "加壳后字符串不可读的挖矿程序。"
        falsepositives = "Miners run on purpose"
        falsepositives_zh = "有意运行的挖矿程序"
        references = "https://attack.mitre.org/techniques/T1496/001/"
    strings:
        $stratum = /stratum\+(tcp|ssl|tls):\/\// nocase
        $login = "\"method\":\"login\""
        $subscribe = "mining.subscribe"
        $submit = "mining.submit"
        $randomx = /\b(randomx|cryptonight|kawpow|ghostrider)\b/ nocase
        $donate = "donate-level"
        $threads = "max-cpu-usage"
        $rig = "rig-id"
    condition:
        uint32be(0) == 0x7F454C46 and filesize < 30MB and
        ($stratum or ($subscribe and $submit)) and 2 of ($login, $randomx, $donate, $threads, $rig)
}
