/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/secret_shape.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/compiler.h"

/* A name says so when one of these ends a word of it: DB_PASSWORD, TOKEN2, not TOKENIZERS. */
static const char *const telling_words[] = {
	"ACCESS_KEY",  "API_KEY",        "APIKEY",     "AUTH_KEY", "CREDENTIAL",
	"CREDENTIALS", "ENCRYPTION_KEY", "PASSPHRASE", "PASSWD",   "PASSWORD",
	"PASSWORDS",   "PRIVATE_KEY",    "_PWD",       "SECRET",   "SECRETS",
	"SECRET_KEY",  "SIGNING_KEY",    "TOKEN",      "TOKENS",
};

/*
 * How well-known secrets begin, and how long they are at least.
 * Source: the documentation of GitHub, GitLab, Slack, Stripe, Google and AWS on token formats.
 */
static const struct {
	const char *prefix;
	size_t length;
	const char *why;
} telling_values[] = {
	{ "ghp_", 20, "it begins as a GitHub token" },
	{ "gho_", 20, "it begins as a GitHub token" },
	{ "ghs_", 20, "it begins as a GitHub token" },
	{ "github_pat_", 20, "it begins as a GitHub token" },
	{ "glpat-", 20, "it begins as a GitLab token" },
	{ "xoxb-", 20, "it begins as a Slack token" },
	{ "xoxp-", 20, "it begins as a Slack token" },
	{ "sk_live_", 20, "it begins as a Stripe key" },
	{ "AIza", 39, "it begins as a Google key" },
	{ "AKIA", 20, "it begins as an AWS access key" },
	{ "ASIA", 20, "it begins as an AWS access key" },
};

static bool ends_with(const char *name, size_t length, const char *suffix)
{
	const size_t suffix_length = strlen(suffix);

	return length >= suffix_length &&
	       strncasecmp(name + length - suffix_length, suffix, suffix_length) == 0;
}

static bool is_word_end(char next)
{
	return !isalpha((unsigned char)next);
}

static bool is_telling_name(const char *name, size_t length)
{
	if (ends_with(name, length, "_FILE"))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(telling_words); i++) {
		const size_t word_length = strlen(telling_words[i]);

		for (size_t at = 0; at + word_length <= length; at++) {
			if (strncasecmp(name + at, telling_words[i], word_length) == 0 &&
			    is_word_end(name[at + word_length]))
				return true;
		}
	}
	return false;
}

/* scheme://user:password@host */
static bool has_password_in_url(const char *value)
{
	const char *authority = strstr(value, "://");
	const char *colon;
	size_t length;

	if (authority == NULL)
		return false;
	authority += strlen("://");
	length = strcspn(authority, "/?# ");
	colon = memchr(authority, ':', length);
	if (colon == NULL || colon[1] == '@')
		return false;
	return memchr(colon, '@', length - (size_t)(colon - authority)) != NULL;
}

const char *secret_shape(const char *setting)
{
	const size_t name_length = strcspn(setting, "=");
	const char *value = setting + name_length + (setting[name_length] == '=');

	if (*value == '\0')
		return NULL;
	if (is_telling_name(setting, name_length))
		return "its name says so";
	if (strstr(value, "-----BEGIN ") != NULL && strstr(value, "PRIVATE KEY") != NULL)
		return "it holds a private key";
	if (has_password_in_url(value))
		return "it holds a URL with a password";
	for (size_t i = 0; i < ARRAY_LEN(telling_values); i++) {
		if (strncmp(value, telling_values[i].prefix, strlen(telling_values[i].prefix)) ==
		            0 &&
		    strlen(value) >= telling_values[i].length)
			return telling_values[i].why;
	}
	return NULL;
}
