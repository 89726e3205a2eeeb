# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion of hardrun's command line for bash.

_hardrun_verbs="audit check checkpoint convert create delete events exec features help kill list pause ps restore
	resume run spec start state update verify version"
declare -A _hardrun_formats=([list]=relaxations [ps]=flags)
_hardrun_global="--root --log --log-format --help --version"
_hardrun_oci="--debug --systemd-cgroup --rootless --criu --cgroup-manager $_hardrun_global"

# The options of a verb; of no verb those of a run.
_hardrun_options()
{
	local make="--bundle --console-socket --pidfd-socket --pid-file --no-pivot --no-new-keyring
		--preserve-fds"
	local criu="--image-path --work-path --tcp-established --ext-unix-sk --shell-job --file-locks
		--manage-cgroups-mode --empty-ns --auto-dedup --lazy-pages"

	case $1 in
	audit)
		printf '%s' "--from --format --threshold --ignore --suppress --date --scan --env --env-file
			--docker-run --brief --explain --list $_hardrun_global"
		;;
	check) printf '%s' "--json --apparmor $_hardrun_global" ;;
	convert)
		printf '%s' "--to --from --service --image --rootfs --drop --env --env-file
			$_hardrun_global"
		;;
	verify) printf '%s' "--pid --all --hardened --json $_hardrun_oci" ;;
	create) printf '%s' "$make $_hardrun_oci" ;;
	run) printf '%s' "$make --detach --keep --no-subreaper $_hardrun_oci" ;;
	exec)
		printf '%s' "--process --cwd --env --user --additional-gids --cap --apparmor
			--process-label --no-new-privs --tty --detach --console-socket
			--pidfd-socket --pid-file --preserve-fds --cgroup --ignore-paused
			$_hardrun_oci"
		;;
	list) printf '%s' "--format --quiet $_hardrun_oci" ;;
	ps) printf '%s' "--format $_hardrun_oci" ;;
	kill) printf '%s' "--all $_hardrun_oci" ;;
	delete) printf '%s' "--force $_hardrun_oci" ;;
	update)
		printf '%s' "--resources --memory --memory-reservation --memory-swap --cpu-share
			--cpu-quota --cpu-period --cpu-rt-runtime --cpu-rt-period --cpu-idle
			--cpuset-cpus --cpuset-mems --pids-limit --blkio-weight $_hardrun_oci"
		;;
	checkpoint)
		printf '%s' "$criu --parent-path --leave-running --pre-dump --tcp-skip-in-flight
			--page-server --status-fd $_hardrun_oci"
		;;
	restore)
		printf '%s' "$criu --bundle --console-socket --pid-file --detach --keep --tcp-close
			--lsm-profile --lsm-mount-context --no-subreaper --no-pivot $_hardrun_oci"
		;;
	events) printf '%s' "--interval --stats $_hardrun_oci" ;;
	spec) printf '%s' "--bundle $_hardrun_oci" ;;
	"")
		printf '%s' "--name --result --timeout --memory --swap --cpus --pids
			$_hardrun_oci"
		;;
	*) printf '%s' "$_hardrun_oci" ;;
	esac
}

_hardrun_verb()
{
	local word

	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case " ${_hardrun_verbs//[$'\n\t']/ } " in
		*" $word "*)
			printf '%s' "$word"
			return
			;;
		esac
	done
}

# The ids of containers, of the state root that the command line names.
_hardrun_ids()
{
	local -a root=()
	local i

	for ((i = 1; i < COMP_CWORD; i++)); do
		if [[ ${COMP_WORDS[i]} == --root ]]; then
			root=(--root "${COMP_WORDS[i + 1]}")
		fi
	done
	"${COMP_WORDS[0]}" "${root[@]}" list --quiet 2>/dev/null
}

# The ids and names of the rules of an audit.
_hardrun_rules()
{
	local id name

	"${COMP_WORDS[0]}" audit --list 2>/dev/null | while read -r id _ name _; do
		printf '%s %s\n' "$id" "$name"
	done
}

_hardrun()
{
	local current=${COMP_WORDS[COMP_CWORD]}
	local previous=${COMP_WORDS[COMP_CWORD - 1]}
	local verb

	COMPREPLY=()
	verb=$(_hardrun_verb)
	case $previous in
	--to)
		mapfile -t COMPREPLY < <(compgen -W "hardrun oci docker-run compose kubernetes" -- \
			"$current")
		return
		;;
	--from)
		mapfile -t COMPREPLY < <(compgen -W "hardrun oci docker-run docker-inspect compose
			kubernetes" -- "$current")
		return
		;;
	--root | --rootfs | --bundle | -b | --image-path | --work-path | --parent-path)
		mapfile -t COMPREPLY < <(compgen -d -- "$current")
		return
		;;
	--log | --result | --pid-file | --console-socket | --pidfd-socket | --process | -p | \
		--resources | -r | --criu)
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
		;;
	--suppress | --scan | --env-file)
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
		;;
	--explain)
		mapfile -t COMPREPLY < <(compgen -W "$(_hardrun_rules)" -- "$current")
		return
		;;
	--threshold)
		mapfile -t COMPREPLY < <(compgen -W "low medium high critical" -- "$current")
		return
		;;
	--log-format)
		mapfile -t COMPREPLY < <(compgen -W "text json" -- "$current")
		return
		;;
	--format | -f)
		if [[ $verb == audit ]]; then
			mapfile -t COMPREPLY < <(compgen -W "text json sarif junit html" -- "$current")
			return
		fi
		if [[ $verb == list || $verb == ps ]]; then
			mapfile -t COMPREPLY < <(compgen -W "table json ${_hardrun_formats[$verb]}" -- "$current")
			return
		fi
		if [[ $verb != delete ]]; then
			mapfile -t COMPREPLY < <(compgen -W "table json" -- "$current")
			return
		fi
		;;
	--manage-cgroups-mode)
		mapfile -t COMPREPLY < <(compgen -W "soft full strict ignore" -- "$current")
		return
		;;
	--empty-ns)
		mapfile -t COMPREPLY < <(compgen -W "network" -- "$current")
		return
		;;
	--cgroup-manager)
		mapfile -t COMPREPLY < <(compgen -W "cgroupfs systemd disabled" -- "$current")
		return
		;;
	--ignore)
		mapfile -t COMPREPLY < <(compgen -S = -W "$(_hardrun_rules)" -- "$current")
		return
		;;
	--pid)
		mapfile -t COMPREPLY < <(compgen -W "$(cd /proc && printf '%s\n' [1-9]*)" -- "$current")
		return
		;;
	--name | --timeout | --memory | --swap | --cpus | --pids | --preserve-fds | --interval | \
		--page-server | --status-fd | --lsm-profile | --lsm-mount-context | --date | --env | \
		--service | --image | --drop)
		return
		;;
	esac
	case $verb,$current in
	*,-*)
		mapfile -t COMPREPLY < <(compgen -W "$(_hardrun_options "$verb")" -- "$current")
		;;
	help,*)
		mapfile -t COMPREPLY < <(compgen -W "$_hardrun_verbs" -- "$current")
		;;
	version,* | features,* | list,* | spec,* | create,* | run,* | restore,*) ;;
	audit,* | convert,*)
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		;;
	check,*)
		mapfile -t COMPREPLY < <(compgen -f -X '!*.json' -- "$current"; compgen -d -- "$current")
		;;
	,*)
		mapfile -t COMPREPLY < <(compgen -W "$_hardrun_verbs" -- "$current"
			compgen -f -X '!*.json' -- "$current"
			compgen -d -- "$current")
		;;
	*)
		mapfile -t COMPREPLY < <(compgen -W "$(_hardrun_ids)" -- "$current")
		;;
	esac
}

complete -o filenames -F _hardrun hardrun
