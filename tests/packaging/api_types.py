#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks objects against the types of Kubernetes' API, as its Python client has them: every field is known,
of its type, and there where it has to be. One line per fault; exit status 1 when there is one.

Usage: tests/packaging/api_types.py FILE      FILE holds one JSON object a line
"""
import json
import re
import sys

from kubernetes.client import models

KINDS = {"Job": "V1Job", "Deployment": "V1Deployment", "ConfigMap": "V1ConfigMap", "Secret": "V1Secret"}
# Fields that are newer than the client: PATH -> what is to be there.
NEWER = {("V1JobSpec", "podFailurePolicy"): {"rules": list}}
PLAIN = {"str": str, "int": int, "bool": bool, "float": (int, float), "object": object}

faults = []


def check(value, kind, path):
    many = re.fullmatch(r"list\[(.*)\]", kind)
    keyed = re.fullmatch(r"dict\(str, (.*)\)", kind)
    if many and isinstance(value, list):
        for number, one in enumerate(value):
            check(one, many[1], f"{path}[{number}]")
    elif keyed and isinstance(value, dict):
        for key, one in value.items():
            check(one, keyed[1], f"{path}.{key}")
    elif kind in PLAIN:
        if not isinstance(value, PLAIN[kind]) or (kind == "int" and isinstance(value, bool)):
            faults.append(f"{path}: {value!r} is no {kind}")
    elif hasattr(models, kind) and isinstance(value, dict):
        check_object(value, getattr(models, kind), path)
    else:
        faults.append(f"{path}: {value!r} is no {kind}")


def check_object(value, model, path):
    fields = {name: model.openapi_types[key] for key, name in model.attribute_map.items()}
    for name, one in value.items():
        newer = NEWER.get((model.__name__, name))
        if newer:
            for key, kind in newer.items():
                if not isinstance(one.get(key), kind):
                    faults.append(f"{path}.{name}.{key} is missing")
        elif name not in fields:
            faults.append(f"{path}.{name}: no such field in {model.__name__}")
        else:
            check(one, fields[name], f"{path}.{name}")
    try:
        model(**{key: value.get(name) for key, name in model.attribute_map.items()})
    except ValueError as error:
        faults.append(f"{path}: {error}")


with open(sys.argv[1], encoding="utf-8") as stream:
    for line in stream:
        document = json.loads(line)
        check(document, KINDS[document["kind"]], document["kind"])
print("\n".join(faults))
sys.exit(1 if faults else 0)
