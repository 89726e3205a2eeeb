/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libcgroup 3 can ask systemd for scopes, by libsystemd, of which Debian has no static archive.
 * hardrun is linked statically and never asks for a scope: these stand for what libcgroup would
 * call then, and say that there is no bus.
 * Source: sd-bus(3); libcgroup 3.1, src/systemd.c.
 */
#include <errno.h>
#include <stddef.h>

#define IS_NOT_THERE(function)    \
	int function(void);       \
	int function(void)        \
	{                         \
		return -ENOTCONN; \
	}

#define IS_NO_OBJECT(function)    \
	void *function(void *);   \
	void *function(void *bus) \
	{                         \
		return NULL;      \
	}

IS_NOT_THERE(sd_bus_call)
IS_NOT_THERE(sd_bus_default_system)
IS_NOT_THERE(sd_bus_match_signal)
IS_NOT_THERE(sd_bus_message_append)
IS_NOT_THERE(sd_bus_message_close_container)
IS_NOT_THERE(sd_bus_message_get_errno)
IS_NOT_THERE(sd_bus_message_new_method_call)
IS_NOT_THERE(sd_bus_message_open_container)
IS_NOT_THERE(sd_bus_message_read)
IS_NOT_THERE(sd_bus_process)
IS_NOT_THERE(sd_bus_wait)
IS_NO_OBJECT(sd_bus_error_free)
IS_NO_OBJECT(sd_bus_message_unref)
IS_NO_OBJECT(sd_bus_unref)
