rule program_disguised_as_document
{
    meta:
        id = "d9598b54-edcc-5464-a392-030a701ba10f"
        title = "Program named like a document"
        title_zh = "伪装成文档的程序"
        description = "A program or script whose name ends in two endings, the first of a document or picture, or turns its letters round."
        description_zh = "程序或脚本使用双扩展名（前者为文档或图片），或用反转字符伪装名称。"
        level = "high"
        status = "experimental"
        techniques = "T1036.007 T1036.002"
        tactics = "TA0005"
        misses = "Names that were changed before the transfer, and transfers that name no file."
        misses_zh = "传输前已改名，或传输中没有文件名的情况。"
        falsepositives = "None known"
        falsepositives_zh = "暂无"
        references = "https://attack.mitre.org/techniques/T1036/007/"
    strings:
        $mz = "MZ"
        $lnk = { 4C 00 00 00 01 14 02 00 }
    condition:
        filesize > 16 and ($mz at 0 or $lnk at 0) and (
            filename matches /\.(pdf|docx?|xlsx?|pptx?|txt|rtf|jpe?g|png|gif|mp[34]|zip|rar|html?)[ _.]{0,40}\.(exe|scr|com|pif|lnk|cpl|dll)$/i or
            filename matches /\xe2\x80\xae/
        )
}
