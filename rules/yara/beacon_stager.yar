rule beacon_stager
{
    meta:
        id = "235a4043-a947-5d6a-a23e-3ef71107cb59"
        title = "Beacon or stager of an intrusion framework"
        title_zh = "渗透框架的信标或加载器"
        description = "The marks of Cobalt-Strike-like beacons: reflective loader, named pipes, the configuration block under its usual keys, stagers by reverse HTTP."
        description_zh = "类 Cobalt Strike 信标的特征：反射加载、命名管道、常用密钥加密的配置块、反向 HTTP 加载器。"
        level = "critical"
        status = "experimental"
        techniques = "T1071.001 T1055 T1620"
        tactics = "TA0011 TA0005"
        misses = "Beacons with changed profile and keys, and those that are encrypted while they sleep."
        misses_zh = "修改了配置和密钥、或休眠时加密的信标。"
        falsepositives = "Exercises of one's own red team"
        falsepositives_zh = "自有红队的演练"
        references = "https://attack.mitre.org/techniques/T1071/001/"
    strings:
        // The configuration's first three entries (type, length, protocol) under the keys 0x69 and 0x2e.
        $config69 = { 69 68 69 68 69 6B ?? ?? 69 6B 69 68 69 6B ?? ?? 69 6A 69 6B 69 6D }
        $config2e = { 2E 2F 2E 2F 2E 2C ?? ?? 2E 2C 2E 2F 2E 2C ?? ?? 2E 2D 2E 2C 2E 2A }
        $loader = "ReflectiveLoader"
        $library = /\bbeacon(\.x64)?\.dll\b/
        $pipe = /\\\\[.%][^\\]{0,10}\\pipe\\(msagent_|MSSE-|postex_|status_)[%\w]{0,10}/ ascii wide
        $sleep = "%s as %s\\%s: %d"
        $jitter = "could not spawn %s (token): %d"
        // GetProcAddress by hash, as the stagers of Metasploit and its kin: cld; call; pusha; mov ebp, esp; xor …, fs:[0x30].
        $block = { FC E8 (82 | 89 | 8F) 00 00 00 60 89 E5 31 (C0 | D2) 64 8B (50 | 52) 30 }
        $block64 = { FC 48 83 E4 F0 E8 (C0 | C8 | CC) 00 00 00 41 51 41 50 52 }
    condition:
        filesize < 30MB and (
            $config69 or $config2e or $block in (0..4096) or $block64 in (0..4096) or
            ($loader and any of ($library, $pipe, $sleep, $jitter)) or 2 of ($library, $pipe, $sleep, $jitter)
        )
}
