# Runs a driver, and watches over it from its own session: as soon as our end of the pipe on standard input is closed,
# which the kernel does however we die, everything that runs in the session is killed. The driver takes the place of
# this shell, so that its process is our child; $$ is its number, and that of the session.
exec 3<&0 </dev/null
(
    trap '' HUP INT TERM
    read -r _ <&3
    read -r watcher _ </proc/self/stat
    round=0
    while [ "$round" -lt 20 ]; do
        found=
        for file in /proc/[0-9]*/stat; do
            { read -r line <"$file"; } || continue
            pid=${line%% *}
            # After the name: state, parent, group, session.
            set -- ${line##*) }
            if [ "$4" = "$$" ] && [ "$1" != Z ] && [ "$pid" != "$watcher" ]; then
                found=1
                kill -9 "$pid"
            fi
        done
        [ -n "$found" ] || exit 0
        round=$((round + 1))
    done
    # Where there is no list of processes.
    kill -9 "-$$"
) >/dev/null 2>&1 &
exec 3<&-
exec "$@"
