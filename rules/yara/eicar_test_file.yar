rule eicar_test_file
{
    meta:
        id = "f10758ba-5802-5888-aba1-1606c4792e4f"
        title = "EICAR anti-malware test file"
        title_zh = "EICAR 反恶意代码测试文件"
        description = "The harmless file every anti-malware product recognises: somebody tests the detection, or malware is being tried out."
        description_zh = "所有反恶意代码产品都识别的无害测试文件：可能有人在测试检测能力，或正在试投放。"
        level = "medium"
        status = "experimental"
        techniques = "T1204.002"
        tactics = "TA0002"
        misses = "The string when more than 60 bytes of other content stand before it, or when it is packed or encrypted."
        misses_zh = "字符串前有超过 60 字节的其他内容，或被压缩、加密时无法识别。"
        falsepositives = "Announced tests of the protection"
        falsepositives_zh = "事先通知的防护测试"
        references = "https://www.eicar.org/download-anti-malware-testfile/"
    strings:
        // In hexadecimal, so that no scanner takes this rule for the test file.
        $eicar = { 58 35 4F 21 50 25 40 41 50 5B 34 5C 50 5A 58 35 34 28 50 5E 29 37 43 43 29 37 7D 24 45 49 43 41 52 2D 53 54 41 4E 44 41 52 44 2D 41 4E 54 49 56 49 52 55 53 2D 54 45 53 54 2D 46 49 4C 45 21 24 48 2B 48 2A }
    condition:
        $eicar in (0..60) and filesize < 64KB
}
