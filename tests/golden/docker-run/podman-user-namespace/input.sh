podman run --userns=keep-id --security-opt mask=/proc/x:/proc/y --security-opt unmask=/proc/acpi --secret token,target=/t,mode=0400 --secret api,type=env,target=API --umask 0027 alpine
