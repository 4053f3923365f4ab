/* A reader of JSON, of which C has none. */
#ifndef JSON_H
#define JSON_H

enum json_kind { JSON_NULL, JSON_BOOLEAN, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
    enum json_kind kind;
    double number;      /* of a number; of a boolean, 0 or 1 */
    char *text;         /* of a string */
    char *key;          /* of a member of an object */
    struct json *first; /* of the elements or members */
    struct json *next;  /* after this one, in the array or object that it is part of */
};

struct json *json_read(const char *text); /* NULL if it is malformed */
void json_free(struct json *value);

const struct json *json_member(const struct json *object, const char *key); /* NULL if absent */
int json_is(const struct json *value, const char *text); /* whether it is this string */

#endif
