package session

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// encoding returns how values of type T become the strings that are stored, and
// back. The common types have the encoding that a person would write; it is valid
// UTF-8 as long as T's strings are, so that stores of any serializer keep it.
func encoding[T any]() (encode func(T) (string, error), decode func(string) (T, error)) {
	var c any
	switch any(*new(T)).(type) {
	case string:
		c = codecOf(func(v string) string { return v }, func(s string) (string, error) { return s, nil })
	case bool:
		c = codecOf(strconv.FormatBool, strconv.ParseBool)
	case int:
		c = codecOf(strconv.Itoa, strconv.Atoi)
	case int64:
		c = codecOf(
			func(v int64) string { return strconv.FormatInt(v, 10) },
			func(s string) (int64, error) { return strconv.ParseInt(s, 10, 64) })
	case uint64:
		c = codecOf(
			func(v uint64) string { return strconv.FormatUint(v, 10) },
			func(s string) (uint64, error) { return strconv.ParseUint(s, 10, 64) })
	case time.Duration:
		c = codecOf(time.Duration.String, time.ParseDuration)
	case time.Time:
		c = codecOf(
			func(v time.Time) string { return v.Format(time.RFC3339Nano) },
			func(s string) (time.Time, error) { return time.Parse(time.RFC3339Nano, s) })
	case []byte:
		c = codecOf(base64.RawStdEncoding.EncodeToString, base64.RawStdEncoding.DecodeString)
	default:
		return encodeJSON[T], decodeJSON[T]
	}
	d := c.(direct[T])
	return d.encode, d.decode
}

// direct is an encoding whose first half cannot fail.
type direct[T any] struct {
	format func(T) string
	decode func(string) (T, error)
}

func (d direct[T]) encode(v T) (string, error) { return d.format(v), nil }

func codecOf[T any](format func(T) string, decode func(string) (T, error)) direct[T] {
	return direct[T]{format, decode}
}

func encodeJSON[T any](v T) (string, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // shorter, and the store is no page
	if err := e.Encode(v); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

func decodeJSON[T any](s string) (v T, err error) {
	err = json.Unmarshal([]byte(s), &v)
	return v, err
}
