package markdown_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/surcoat/surcoat/examples/wiki/markdown"
	"github.com/surcoat/surcoat/examples/wiki/page"
)

var wiki = &markdown.Renderer{
	Exists: func(t page.Title) bool { return t.Key() == "home" },
	Href:   func(t page.Title) string { return "/wiki/" + t.Slug() },
}

func Example() {
	r := &markdown.Renderer{Exists: func(t page.Title) bool { return t == "Home" }}
	html, _ := r.HTML("Back [[Home]], or on to [[Other place|elsewhere]].")
	fmt.Println(html)
	// Output: <p>Back <a href="Home">Home</a>, or on to <a href="Other_place" class="missing" title="Nobody has written this page yet">elsewhere</a>.</p>
}

func TestHTML(t *testing.T) {
	const missing = ` class="missing" title="Nobody has written this page yet"`
	for _, c := range []struct{ name, text, want string }{
		{"link", "[[Home]]", `<p><a href="/wiki/Home">Home</a></p>`},
		{"case and spaces", "[[ home ]]", `<p><a href="/wiki/home">home</a></p>`},
		{"label", "[[Home|go *home*]]", `<p><a href="/wiki/Home">go *home*</a></p>`},
		{"label in a table", "|a|\n|-|\n|[[Home\\|x]]|", `<td><a href="/wiki/Home">x</a></td>`},
		{"missing", "[[Far away]]", `<p><a href="/wiki/Far_away"` + missing + `>Far away</a></p>`},
		{"label that attacks", "[[Home|<script>]]", `<p><a href="/wiki/Home">&lt;script&gt;</a></p>`},
		{"no title", "[[a/b]] [[]] [[ | ]]", "<p>[[a/b]] [[]] [[ | ]]</p>"},
		{"never closed", "[[Home", "<p>[[Home</p>"},
		{"in code", "`[[Home]]`", "<p><code>[[Home]]</code></p>"},
		{"ordinary link", "[x](/pages)", `<p><a href="/pages">x</a></p>`},
		{"link elsewhere", "[x](https://example.org/)", `<p><a href="https://example.org/" rel="nofollow">x</a></p>`},
		{"script address", "[x](javascript:alert(1))", `<p>x</p>`},
		{"data address", "[x](data:text/html,x)", `<p>x</p>`},
		{"raw html", "a <b>b</b>", `<p>a &lt;b&gt;b&lt;/b&gt;</p>`},
		{"a block of html", "<div>\nx\n</div>", "<p>&lt;div&gt;\nx\n&lt;/div&gt;</p>"},
		{"a comment", "<!-- x\ny -->", "<p>&lt;!-- x\ny --&gt;</p>"},
		{"a script", "<script>alert(1)</script>", `<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>`},
		{"picture", "![a cat](https://example.org/cat.png)", `<p><a class="picture" href="https://example.org/cat.png" rel="nofollow">a cat</a></p>`},
		{"table", "|a|b|\n|-|-:|\n|1|2|", `<td align="right">2</td>`},
		{"task", "- [x] done", `<li><input type="checkbox" checked="" disabled="" aria-label="done"> done</li>`},
		{"quotes", `"so" -- it's`, "<p>“so” – it’s</p>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := wiki.HTML(c.text)
			if err != nil || !strings.Contains(strings.TrimSpace(string(got)), c.want) || strings.Contains(string(got), "<script") {
				t.Errorf("got %s, %v; want %s", got, err, c.want)
			}
		})
	}
}

// What a Markdown parser takes the square of its length for is shown as it was typed, so
// that nobody can write a page which takes minutes to open.
func TestTangledTextIsShownAsTyped(t *testing.T) {
	for _, piece := range []string{"*a_", "[a](", "[[", "> ", ">", "1. ", "+ - ", "<_"} {
		text := strings.Repeat(piece, page.LargestText/4/len(piece))
		start := time.Now()
		out, err := wiki.HTML(text)
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("%q over and over took %v", piece, took)
		}
		if want := `<pre tabindex="0">` + html.EscapeString(text) + "</pre>\n"; string(out) != want || err != nil {
			t.Errorf("%q over and over: got %.100s, %v", piece, out, err)
		}
	}
	for name, text := range map[string]string{
		"a long list of links": strings.Repeat("- [[Home]], *well* [known](/x)\n", 500),
		"a long table":         "|a|b|\n|-|-|\n" + strings.Repeat("|*1*|[[Home]]|\n", 800),
		"many paragraphs":      strings.Repeat("[[Home]] *is* **where** [it](/x) began.\n\n", 5000),
		"quotes in quotes":     strings.Repeat("> ", 20) + "a *b*",
		"a line across":        strings.Repeat("-", 500) + "\n\n*a*",
	} {
		out, err := wiki.HTML(text)
		if !strings.Contains(string(out), "<em>") || err != nil {
			t.Errorf("%s is shown as it was typed: %.100s, %v", name, out, err)
		}
	}
}

// FuzzHTML: no text makes an element or attribute that a page may not have.
func FuzzHTML(f *testing.F) {
	f.Add("[[Home|<img src=x onerror=y>]] ![x](javascript:y) <a href='javascript:x'>")
	f.Add("```x onclick=1\n<script>\n```\n\n[a]: javascript:b\n[a]")
	f.Fuzz(func(t *testing.T, text string) {
		out, err := wiki.HTML(text)
		if err != nil {
			t.Fatal(err)
		}
		z := html.NewTokenizer(strings.NewReader(string(out)))
		for z.Next() != html.ErrorToken {
			tok := z.Token()
			switch tok.Data {
			case "script", "style", "img", "iframe", "object", "embed", "form", "svg", "base", "meta", "link":
				if tok.Type == html.StartTagToken {
					t.Fatalf("%q made %s", text, tok)
				}
			}
			for _, a := range tok.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "id" ||
					a.Key == "href" && strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:") {
					t.Fatalf("%q made %s", text, tok)
				}
			}
		}
	})
}
