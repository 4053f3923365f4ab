/* See json.h. Of the escapes, \u is not decoded: no string of the protocol needs it. */
#include "json.h"

#include "allocate.h"

#include <string.h>

/* --- reading: each function moves *at behind what it has read, or returns NULL or 0 */

static struct json *read_value(const char **at);

static int skip(const char **at, const char *wanted)
{
    *at += strspn(*at, " \t\r\n");
    if (strncmp(*at, wanted, strlen(wanted)) != 0)
        return 0;
    *at += strlen(wanted);
    return 1;
}

static const char *closing_quote(const char *at)
{
    while (*at && *at != '"')
        at += at[0] == '\\' && at[1] ? 2 : 1;
    return *at ? at : NULL;
}

static char unescaped(char escaped)
{
    static const char names[] = "bfnrt", meant[] = "\b\f\n\r\t";
    const char *found = strchr(names, escaped);
    return found ? meant[found - names] : escaped;
}

static char *read_text(const char **at)
{
    const char *end = skip(at, "\"") ? closing_quote(*at) : NULL;
    char *text, *to;
    if (end == NULL)
        return NULL;
    text = to = allocate((size_t)(end - *at) + 1);
    while (*at < end) {
        char c = *(*at)++;
        *to++ = c == '\\' ? unescaped(*(*at)++) : c;
    }
    ++*at;
    return text;
}

/* The next element of an array or member of an object. */
static struct json *read_item(const char **at, enum json_kind kind)
{
    char *key = kind == JSON_OBJECT ? read_text(at) : NULL;
    int well_formed = kind == JSON_ARRAY || (key && skip(at, ":"));
    struct json *item = well_formed ? read_value(at) : NULL;
    if (item)
        item->key = key;
    else
        free(key);
    return item;
}

static int read_items(const char **at, struct json *into, const char *end)
{
    struct json **place = &into->first;
    if (skip(at, end))
        return 1;
    do {
        if ((*place = read_item(at, into->kind)) == NULL)
            return 0;
        place = &(*place)->next;
    } while (skip(at, ","));
    return skip(at, end);
}

static int read_number(const char **at, double *number)
{
    char *end;
    *number = strtod(*at, &end);
    if (end == *at)
        return 0;
    *at = end;
    return 1;
}

static int read_into(const char **at, struct json *value)
{
    if (skip(at, "null"))
        return 1;
    if (skip(at, "false") || skip(at, "true")) {
        value->number = (*at)[-2] == 'u';
        value->kind = JSON_BOOLEAN;
        return 1;
    }
    if (skip(at, "[") || skip(at, "{")) {
        value->kind = (*at)[-1] == '[' ? JSON_ARRAY : JSON_OBJECT;
        return read_items(at, value, value->kind == JSON_ARRAY ? "]" : "}");
    }
    value->kind = **at == '"' ? JSON_STRING : JSON_NUMBER;
    if (value->kind == JSON_STRING)
        return (value->text = read_text(at)) != NULL;
    return read_number(at, &value->number);
}

static struct json *read_value(const char **at)
{
    struct json *value = allocate(sizeof *value);
    if (read_into(at, value))
        return value;
    json_free(value);
    return NULL;
}

struct json *json_read(const char *text)
{
    struct json *value = read_value(&text);
    if (value == NULL || (skip(&text, ""), *text == '\0'))
        return value;
    json_free(value);
    return NULL;
}

void json_free(struct json *value)
{
    while (value) {
        struct json *next = value->next;
        json_free(value->first);
        free(value->text);
        free(value->key);
        free(value);
        value = next;
    }
}

/* --- looking at what was read */

const struct json *json_member(const struct json *object, const char *key)
{
    const struct json *member = object && object->kind == JSON_OBJECT ? object->first : NULL;
    while (member && strcmp(member->key, key) != 0)
        member = member->next;
    return member;
}

int json_is(const struct json *value, const char *text)
{
    return value && value->kind == JSON_STRING && strcmp(value->text, text) == 0;
}
