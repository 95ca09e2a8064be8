#pragma once
#include <curl/curl.h>

// Adapters for what Swift cannot import: variadic calls, one for each type of argument.
static inline CURLcode curl_set_long(CURL *easy, CURLoption option, long value) { return curl_easy_setopt(easy, option, value); }
static inline CURLcode curl_set_offset(CURL *easy, CURLoption option, curl_off_t value) { return curl_easy_setopt(easy, option, value); }
static inline CURLcode curl_set_text(CURL *easy, CURLoption option, const char *value) { return curl_easy_setopt(easy, option, value); }
static inline CURLcode curl_set_pointer(CURL *easy, CURLoption option, void *value) { return curl_easy_setopt(easy, option, value); }
static inline CURLcode curl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) { return curl_easy_setopt(easy, option, value); }
static inline CURLcode curl_set_blob(CURL *easy, CURLoption option, struct curl_blob *value) { return curl_easy_setopt(easy, option, value); }
typedef size_t (*curl_data_function)(char *data, size_t size, size_t count, void *context);
static inline CURLcode curl_set_function(CURL *easy, CURLoption option, curl_data_function value) { return curl_easy_setopt(easy, option, value); }
static inline CURLcode curl_get_text(CURL *easy, CURLINFO info, const char **value) { return curl_easy_getinfo(easy, info, value); }
static inline CURLcode curl_get_long(CURL *easy, CURLINFO info, long *value) { return curl_easy_getinfo(easy, info, value); }
static inline CURLMcode curl_multi_set_long(CURLM *multi, CURLMoption option, long value) { return curl_multi_setopt(multi, option, value); }
static inline CURLcode curl_message_result(const CURLMsg *message) { return message->data.result; }
