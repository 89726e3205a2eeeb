/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers of system calls that older headers lack; the same for all architectures. */
#ifndef HARDRUN_PROBE_NUMBERS_H
#define HARDRUN_PROBE_NUMBERS_H

#ifndef __NR_quotactl_fd
#define __NR_quotactl_fd 443
#endif
#ifndef __NR_set_mempolicy_home_node
#define __NR_set_mempolicy_home_node 450
#endif
#ifndef __NR_statmount
#define __NR_statmount 457
#endif
#ifndef __NR_listmount
#define __NR_listmount 458
#endif
#ifndef __NR_lsm_set_self_attr
#define __NR_lsm_set_self_attr 460
#endif
#ifndef __NR_open_tree_attr
#define __NR_open_tree_attr 467
#endif

#endif
