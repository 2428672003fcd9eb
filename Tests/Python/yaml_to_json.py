"""Reads YAML from a file, anchors and merge keys resolved, and writes it as one line of JSON."""
import json
import sys

import yaml

with open(sys.argv[1], encoding="utf-8") as file:
    print(json.dumps(yaml.safe_load(file)))
