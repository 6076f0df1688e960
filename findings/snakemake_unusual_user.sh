#!/bin/bash
# Snakemake, where the account or the folder is unusual. Exits 0 as long as all three are seen.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet snakemake==9.27.1 2> pip.log || { cat pip.log; exit 1; }
python=$folder/venv/bin/python
"$python" -m snakemake --version
status=0

seen() { # what is expected, what is seen, a pattern, a file that must have it
    echo
    echo "expected: $1"
    if grep -q "$3" "$4"; then
        echo "seen:     $2"
    else
        echo "seen now: $(tail -n 1 "$4")"
        status=1
    fi
}

mkdir interrupt && cd interrupt
cat > Snakefile << 'EOF'
rule all:
    output: "out.txt"
    shell: "touch began; read -t 5 < <(tail -f /dev/null) || true; echo done > {output}"
EOF
"$python" - << 'EOF'
import os, signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
run = subprocess.Popen([sys.executable, "-m", "snakemake", "-c1"], stderr=subprocess.DEVNULL)
while not os.path.exists("began"):
    time.sleep(0.1)
run.send_signal(signal.SIGINT)  # to Snakemake alone, as `kill -INT` does
run.wait()
EOF
grep -q done out.txt
"$python" -m snakemake -c1 --dry-run > ../interrupt.log 2>&1 || true
cd ..
seen "a job that Snakemake waits for after SIGINT, and that succeeds, is done" \
    "its output is called incomplete" IncompleteFilesException interrupt.log

mkdir 'a{x}b' && cd 'a{x}b'
echo 'dependencies: [python]' > env.yaml
printf 'rule all:\n    output: "out.txt"\n    conda: "env.yaml"\n    shell: "touch {output}"\n' > Snakefile
"$python" -m snakemake -c1 > ../braces.log 2>&1 || true
cd ..
seen "a rule with conda: (not used) runs in a folder named a{x}b" \
    "the folder's name is taken for a wildcard: NameError" "NameError: The name 'x' is unknown" braces.log

mkdir nameless && cd nameless
printf 'rule all:\n    output: "out.txt"\n    shell: "touch {output}"\n' > Snakefile
cat > run.py << 'EOF'
import os, pwd, runpy, sys
def unknown(uid):  # as in a container with --user, whose /etc/passwd does not have that user
    raise KeyError(f"getpwuid(): uid not found: {uid}")
pwd.getpwuid = unknown
for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
    os.environ.pop(name, None)
sys.argv = ["snakemake", "-c1"]
runpy.run_module("snakemake", run_name="__main__")
EOF
"$python" run.py > ../nameless.log 2>&1 || true
cd ..
seen "a user without a name can run a workflow" "KeyError from getpass.getuser" \
    "KeyError: 'getpwuid(): uid not found" nameless.log
exit $status
