#!/usr/bin/env python3
"""What a package of wardmark is made of, as SPDX 2.3 JSON on standard output.

    sbom.py BUILD wardmark|wardmark-nn

The Debian packages of the libraries that its programs load, by `ldd` and `dpkg -S`, and those of which headers or word
lists are built in. The same build gives the same bytes: the time is SOURCE_DATE_EPOCH's. Exit status: 0, 2 wrong usage,
4 a program is missing.
"""
import datetime
import hashlib
import json
import os
import re
import subprocess
import sys

PROGRAMS = {
    "wardmark": ["wardmark", "wardmark-http", "wardmark-sheet.so", "wardmark-medical.so"],
    "wardmark-nn": ["wardmark-nn", "wardmark-sentencepiece.so"],
}
BUILT_IN = ["nlohmann-json3-dev", "libcli11-dev", "libspdlog-dev", "libboost-dev", "libboost1.81-dev", "xkcdpass",
            "python3-mnemonic"]


def output(*words):
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout


def loaded(program):
    """Real paths of the shared objects a program loads."""
    found = re.findall(r"=> (/\S+)", output("ldd", program))
    return {os.path.realpath(path) for path in found} | {path for path in found}


def owners(paths):
    names = set()
    for line in output("dpkg", "-S", *sorted(paths)).splitlines():
        package = line.partition(": ")[0]
        if "," not in package and not package.startswith("diversion"):
            names.add(package.partition(":")[0])
    return names


def versions(names):
    listing = output("dpkg-query", "--show", "--showformat=${db:Status-Status}\t${Package}\t${Version}\n",
                     *sorted(names))
    rows = (line.split("\t") for line in listing.splitlines())
    return {name: version for status, name, version in rows if status == "installed"}


def entry(name, version, relation):
    return {"SPDXID": "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", f"{relation}-{name}"), "name": name,
            "versionInfo": version, "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
            "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION",
            "supplier": "Organization: Debian",
            "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                              "referenceLocator": f"pkg:deb/debian/{name}@{version}?distro=bookworm"}]}


def main():
    if len(sys.argv) != 3 or sys.argv[2] not in PROGRAMS:
        print(__doc__, file=sys.stderr)
        return 2
    build, part = sys.argv[1:]
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "CMakeLists.txt"), encoding="utf-8") as file:
        version = re.search(r"project\(wardmark VERSION (\S+)", file.read()).group(1)
    programs = [os.path.join(build, "bin", name) for name in PROGRAMS[part]]
    for program in programs:
        if not os.path.exists(program):
            print(f"sbom: error: {program}: does not exist", file=sys.stderr)
            return 4
    dynamic = versions(owners(set().union(*map(loaded, programs))))
    static = versions(BUILT_IN)
    own = {"SPDXID": "SPDXRef-package", "name": part, "versionInfo": version, "downloadLocation": "NOASSERTION",
           "filesAnalyzed": False, "licenseConcluded": "Apache-2.0", "licenseDeclared": "Apache-2.0",
           "copyrightText": "NOASSERTION"}
    packages = [own] + [entry(name, found, "loaded") for name, found in sorted(dynamic.items())] + [
        entry(name, found, "built-in") for name, found in sorted(static.items())]
    relations = [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
                  "relatedSpdxElement": "SPDXRef-package"}]
    for package in packages[1:]:
        kind = "DYNAMIC_LINK" if package["SPDXID"].startswith("SPDXRef-loaded") else "STATIC_LINK"
        relations.append({"spdxElementId": "SPDXRef-package", "relationshipType": kind,
                          "relatedSpdxElement": package["SPDXID"]})
    digest = hashlib.sha256(json.dumps(packages, sort_keys=True).encode()).hexdigest()
    moment = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), datetime.timezone.utc)
    print(json.dumps({"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
                      "name": f"{part}-{version}",
                      "documentNamespace": f"https://spdx.org/spdxdocs/{part}-{version}-{digest}",
                      "creationInfo": {"created": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
                                       "creators": ["Tool: wardmark-sbom"]},
                      "packages": packages, "relationships": relations}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
