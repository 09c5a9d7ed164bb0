//go:build dev

package report_test

import (
	"fmt"
	"html"
	"reflect"
	"slices"
	"strings"
)

// fill sets every string in v to s, with one element in each slice and something
// behind each pointer, down to a bound.
func fill(v reflect.Value, s string, depth int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(1)
	case reflect.Pointer:
		if depth > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem(), s, depth-1)
		}
	case reflect.Slice:
		if depth > 0 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			fill(v.Index(0), s, depth-1)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() && v.Type().Field(i).Name != "Time" {
				fill(v.Field(i), s, depth)
			}
		}
	}
}

// skeleton is the tags of a page with the names of their attributes, its style sheet
// left out; texts are those between them and in the attributes, as they read.
func skeleton(page string) (tags, texts []string, err error) {
	for page != "" {
		text, rest, found := strings.Cut(page, "<")
		if text != "" {
			texts = append(texts, html.UnescapeString(text))
		}
		if !found {
			break
		}
		tag, after, attributes, err := readTag(rest)
		if err != nil {
			return nil, nil, fmt.Errorf("%w at <%.80s", err, rest)
		}
		tags = append(tags, tag)
		texts = append(texts, attributes...)
		page = after
		if strings.HasPrefix(tag, "style") {
			if _, page, found = strings.Cut(page, "</style>"); !found {
				return nil, nil, fmt.Errorf("the style does not end")
			}
		}
	}
	return tags, texts, nil
}

// readTag reads `a href="x" title="y">`.
func readTag(s string) (tag, rest string, values []string, err error) {
	end := strings.IndexAny(s, " >\n")
	if end <= 0 {
		return "", "", nil, fmt.Errorf("no tag")
	}
	tag = s[:end]
	if !slices.Contains(vocabulary, strings.TrimPrefix(tag, "/")) {
		return "", "", nil, fmt.Errorf("a tag that the page has not")
	}
	for s = s[end:]; ; {
		s = strings.TrimLeft(s, " ")
		if strings.HasPrefix(s, ">") {
			return tag, s[1:], values, nil
		}
		end := strings.IndexAny(s, "=> ")
		if end <= 0 {
			return "", "", nil, fmt.Errorf("no attribute")
		}
		tag += " " + s[:end]
		if s[end] != '=' {
			s = s[end:]
			continue
		}
		value, after, found := strings.Cut(strings.TrimPrefix(s[end+1:], `"`), `"`)
		if !found || s[end+1] != '"' {
			return "", "", nil, fmt.Errorf("an attribute without quotes")
		}
		values = append(values, html.UnescapeString(value))
		s = after
	}
}

// vocabulary is the elements that pages are made of.
var vocabulary = []string{
	"!doctype", "html", "head", "meta", "title", "style", "body", "div", "header", "main", "footer", "nav", "section", "article",
	"h1", "h2", "h3", "h4", "p", "ul", "ol", "li", "pre", "code", "b", "i", "em", "small", "span", "mark", "time", "a", "details", "summary",
	"table", "tbody", "tr", "th", "td",
}
