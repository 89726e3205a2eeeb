# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion of hardrun's command line for bash.

_hardrun_verb()
{
	local word

	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case $word in
		check | help | version)
			printf '%s' "$word"
			return
			;;
		esac
	done
}

_hardrun()
{
	local current=${COMP_WORDS[COMP_CWORD]}
	local previous=${COMP_WORDS[COMP_CWORD - 1]}
	local global="--root --log --log-format --help --version"
	local verb

	COMPREPLY=()
	verb=$(_hardrun_verb)
	case $previous in
	--root)
		mapfile -t COMPREPLY < <(compgen -d -- "$current")
		return
		;;
	--log | --result)
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
		;;
	--log-format)
		mapfile -t COMPREPLY < <(compgen -W "text json" -- "$current")
		return
		;;
	--name | --timeout | --memory | --swap | --cpus | --pids)
		return
		;;
	esac
	case $verb,$current in
	check,-*)
		mapfile -t COMPREPLY < <(compgen -W "--json --apparmor $global" -- "$current")
		;;
	,-*)
		mapfile -t COMPREPLY < <(compgen -W "--name --result --timeout --memory --swap --cpus
			--pids $global" -- "$current")
		;;
	help,*)
		mapfile -t COMPREPLY < <(compgen -W "check version" -- "$current")
		;;
	version,*) ;;
	check,*)
		mapfile -t COMPREPLY < <(compgen -f -X '!*.json' -- "$current"; compgen -d -- "$current")
		;;
	*)
		mapfile -t COMPREPLY < <(compgen -W "check help version" -- "$current"
			compgen -f -X '!*.json' -- "$current"
			compgen -d -- "$current")
		;;
	esac
}

complete -o filenames -F _hardrun hardrun
