rule ransom_note
{
    meta:
        id = "4cc8f6c8-ced4-58e7-8b65-637e8eab9469"
        title = "Ransom note"
        title_zh = "勒索信"
        description = "A short text that says files are encrypted and how to pay for their recovery."
        description_zh = "简短文本，声称文件已被加密并说明付款恢复方式。"
        level = "high"
        status = "experimental"
        techniques = "T1486"
        tactics = "TA0040"
        misses = "Notes in other languages than English and Chinese, and pictures."
        misses_zh = "中英文以外的勒索信以及图片。"
        falsepositives = "Trainings and reports that quote notes"
        falsepositives_zh = "引用勒索信的培训材料和报告"
        references = "https://attack.mitre.org/techniques/T1486/"
    strings:
        $encrypted = /(all )?(of )?your (important )?(files|documents|data|network)[^.\n]{0,60}(have been|has been|were|are|is) (encrypted|locked|stolen)/ nocase ascii wide
        $encrypted_zh = /(文件|数据)(已|都已|均已)?(经)?被(我们)?加密/
        $decrypt = /\b(decrypt(or|ion|er)?|recover|restore)\b/ nocase ascii wide
        $decrypt_zh = /(解密|恢复)/
        $coin = /\b(bitcoins?|btc|monero|xmr|cryptocurrency)\b/ nocase ascii wide
        $coin_zh = /(比特币|门罗币|赎金)/
        $onion = /[a-z2-7]{16,56}\.onion\b/ nocase ascii wide
        $contact = /[\w.+-]{3,40}@(protonmail|proton|tutanota|onionmail|cock|mailfence|keemail)\.[a-z]{2,4}/ nocase ascii wide
        $warning = /(do not|don'?t) (rename|modify|try to (decrypt|recover)|delete|use third.party)/ nocase ascii wide
    condition:
        filesize < 64KB and uint16(0) != 0x5A4D and ($encrypted or $encrypted_zh) and ($decrypt or $decrypt_zh) and
        2 of ($coin, $coin_zh, $onion, $contact, $warning)
}
