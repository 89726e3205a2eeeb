/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is sent to the kernel's network byte by byte, and what is believed of its answers. */
#include <check.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/netlink.h"
#include "support/suite.h"

static struct error err;
static struct netlink_request request;
static struct netlink_attribute found[8];

static void start(void)
{
	const struct ifinfomsg body = { .ifi_index = 7 };

	err = (struct error){ .kind = ERROR_NONE };
	ck_assert_int_eq(netlink_begin(&request, RTM_SETLINK, &body, sizeof(body), &err), 0);
}

START_TEST(a_request_is_what_the_kernel_reads)
{
	const struct nlattr *attribute = (const void *)(request.bytes + 32);

	ck_assert_uint_eq(request.header.nlmsg_len, 16 + sizeof(struct ifinfomsg));
	ck_assert_uint_eq(request.header.nlmsg_type, RTM_SETLINK);
	ck_assert_int_eq(netlink_put(&request, IFLA_IFNAME, "eth0", 5, &err), 0);
	ck_assert_uint_eq(request.header.nlmsg_len, 32 + 12);
	ck_assert_uint_eq(attribute->nla_len, 9); /* without what fills it up */
	ck_assert_uint_eq(attribute->nla_type, IFLA_IFNAME);
	ck_assert_mem_eq(request.bytes + 36, "eth0\0\0\0\0", 8);
}
END_TEST

/* Sizes that leave no room, those among them whose 16-bit length would be small again. */
static const size_t too_large[] = {
	NETLINK_REQUEST_SIZE - 32 - 4 + 1,
	NETLINK_REQUEST_SIZE,
	65532,
	65535,
	65536,
	65540,
	SIZE_MAX - 3,
	SIZE_MAX,
};

START_TEST(an_attribute_that_is_too_large_is_refused)
{
	const struct netlink_request before = request;

	ck_assert_int_eq(netlink_put(&request, IFLA_IFNAME, "", too_large[_i], &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INTERNAL);
	ck_assert_mem_eq(&before, &request, sizeof(request));
}
END_TEST

START_TEST(the_last_byte_can_be_used)
{
	static const char value[NETLINK_REQUEST_SIZE - 32 - 4];

	ck_assert_int_eq(netlink_put(&request, IFLA_IFNAME, value, sizeof(value), &err), 0);
	ck_assert_uint_eq(request.header.nlmsg_len, NETLINK_REQUEST_SIZE);
	ck_assert_int_eq(netlink_put(&request, IFLA_IFNAME, value, 0, &err), -1);
}
END_TEST

START_TEST(a_body_that_is_too_large_is_refused)
{
	static const char body[NETLINK_REQUEST_SIZE];

	ck_assert_int_eq(netlink_begin(&request, RTM_SETLINK, body, sizeof(body), &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INTERNAL);
}
END_TEST

START_TEST(what_was_put_is_read)
{
	const uint32_t number = 42;

	ck_assert_int_eq(netlink_put(&request, 3, "eth0", 5, &err), 0);
	ck_assert_int_eq(netlink_put(&request, 4 | 0x8000, &number, sizeof(number), &err), 0);
	ck_assert_int_eq(netlink_put(&request, 200, "", 0, &err), 0);
	netlink_read(request.bytes + 32, request.header.nlmsg_len - 32, found, ARRAY_LEN(found));
	ck_assert_ptr_null(found[1].value);
	ck_assert_uint_eq(found[3].size, 5);
	ck_assert_str_eq(found[3].value, "eth0");
	ck_assert_uint_eq(found[4].size, sizeof(number));
	ck_assert_mem_eq(found[4].value, &number, sizeof(number));
}
END_TEST

/* One good attribute, of type 1, and then what is wrong. */
static const struct {
	unsigned char bytes[16];
	size_t size;
} broken[] = {
	{ { 8, 0, 1, 0, 9, 9, 9, 9, 3, 0, 2, 0 }, 12 },       /* shorter than its head */
	{ { 8, 0, 1, 0, 9, 9, 9, 9, 0, 0, 2, 0 }, 12 },       /* no step forward */
	{ { 8, 0, 1, 0, 9, 9, 9, 9, 5, 0, 2, 0 }, 12 },       /* longer than what is there */
	{ { 8, 0, 1, 0, 9, 9, 9, 9, 0xff, 0xff, 2, 0 }, 12 }, /* much longer */
	{ { 8, 0, 1, 0, 9, 9, 9, 9, 8, 0, 2 }, 11 },          /* a head that is cut off */
};

START_TEST(reading_ends_at_what_does_not_fit)
{
	unsigned char *exact = malloc(broken[_i].size);

	ck_assert_ptr_nonnull(exact);
	memcpy(exact, broken[_i].bytes, broken[_i].size);
	netlink_read(exact, broken[_i].size, found, ARRAY_LEN(found));
	ck_assert_uint_eq(found[1].size, 4);
	ck_assert_ptr_null(found[2].value);
	free(exact);
}
END_TEST

START_TEST(nothing_is_nothing)
{
	netlink_read("", 0, found, ARRAY_LEN(found));
	for (size_t i = 0; i < ARRAY_LEN(found); i++)
		ck_assert_ptr_null(found[i].value);
}
END_TEST

START_TEST(the_kernels_answer_is_in_errno)
{
	const struct ifinfomsg nobody = { .ifi_index = INT32_MAX };
	struct netlink netlink;

	ck_assert_int_eq(netlink_open(&netlink, &err), 0);
	ck_assert_int_eq(netlink_begin(&request, RTM_GETLINK, &nobody, sizeof(nobody), &err), 0);
	ck_assert_int_eq(netlink_ask(&netlink, &request), -1);
	ck_assert_int_eq(errno, ENODEV);
	netlink_close(&netlink);
	ck_assert_int_eq(netlink.fd, -1);
}
END_TEST

static int look_for_loopback(uint16_t type, const void *body, size_t size, void *context,
                             struct error *error)
{
	struct netlink_attribute attributes[IFLA_IFNAME + 1];

	ck_assert_uint_eq(type, RTM_NEWLINK);
	ck_assert_uint_ge(size, sizeof(struct ifinfomsg));
	netlink_read((const unsigned char *)body + sizeof(struct ifinfomsg),
	             size - sizeof(struct ifinfomsg), attributes, ARRAY_LEN(attributes));
	if (attributes[IFLA_IFNAME].value != NULL &&
	    strcmp(attributes[IFLA_IFNAME].value, "lo") == 0)
		*(unsigned int *)context += 1;
	return 0;
}

static int refuse_item(uint16_t type, const void *body, size_t size, void *context,
                       struct error *error)
{
	return error_set(error, ERROR_HOST, "no more");
}

START_TEST(a_list_has_each_item_once)
{
	const struct ifinfomsg all = { .ifi_family = 0 };
	struct netlink netlink;
	unsigned int count = 0;

	ck_assert_int_eq(netlink_open(&netlink, &err), 0);
	for (unsigned int i = 1; i <= 2; i++) {
		ck_assert_int_eq(netlink_begin(&request, RTM_GETLINK, &all, sizeof(all), &err), 0);
		ck_assert_int_eq(netlink_list(&netlink, &request, look_for_loopback, &count, &err),
		                 0);
		ck_assert_uint_eq(count, i);
	}
	ck_assert_int_eq(netlink_list(&netlink, &request, refuse_item, NULL, &err), -1);
	ck_assert_str_eq(err.what, "no more");
	netlink_close(&netlink);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("netlink");
	TCase *tcase = tcase_create("netlink");

	tcase_add_checked_fixture(tcase, start, NULL);
	tcase_add_test(tcase, a_request_is_what_the_kernel_reads);
	tcase_add_loop_test(tcase, an_attribute_that_is_too_large_is_refused, 0,
	                    ARRAY_LEN(too_large));
	tcase_add_test(tcase, the_last_byte_can_be_used);
	tcase_add_test(tcase, a_body_that_is_too_large_is_refused);
	tcase_add_test(tcase, what_was_put_is_read);
	tcase_add_loop_test(tcase, reading_ends_at_what_does_not_fit, 0, ARRAY_LEN(broken));
	tcase_add_test(tcase, nothing_is_nothing);
	tcase_add_test(tcase, the_kernels_answer_is_in_errno);
	tcase_add_test(tcase, a_list_has_each_item_once);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return run_suite(make_suite());
}
