package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
)

// The two releases are made up, the same at each start: what a site of some size deploys when
// somebody has changed a few lines. The page of the second has other asset names, another date
// and one article more; its script has one function more.

// release is what is served.
type release struct {
	page, script []byte
	scriptName   string // with a hash of the content in it, as bundlers do
}

// newRelease returns release 1 or 2.
func newRelease(n int) release {
	script := bundle(n)
	name := fmt.Sprintf("/app.%s.js", hash(script))
	return release{front(n, name), script, name}
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:6])
}

// front is the front page of a newspaper, some 73 kB.
func front(n int, script string) []byte {
	date := fmt.Sprintf("%d March 2026", 2+n)
	style := hash([]byte(date))
	var b strings.Builder
	fmt.Fprintf(&b, `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The Herald, %s</title>
<link rel="icon" href="data:,">
<script src="%s" defer></script>
</head>
<body data-release="%d" data-style="%s">
<header class="masthead"><h1>The Herald</h1><p class="date">%[1]s</p></header>
<main>
`, date, script, n, style)
	const articles = 85
	for i := range articles {
		if i == 2 && n > 1 {
			b.WriteString(article(articles, 16))
		}
		b.WriteString(article(i, 5))
	}
	fmt.Fprintf(&b, "</main>\n<footer><p>Printed on %s. Set with %s.</p></footer>\n</body>\n</html>\n", date, style)
	return []byte(b.String())
}

// article is the same for the same number.
func article(number, sentences int) string {
	words := writer{rand.New(rand.NewPCG(9842, uint64(number)))}
	var b strings.Builder
	picture := hash([]byte(fmt.Sprint("picture ", number)))
	fmt.Fprintf(&b, `<article class="teaser teaser--wide" id="article-%d">
<a class="teaser__link" href="/articles/%d"><img class="teaser__image" src="data:," alt="" data-name="%s.webp" width="640" height="360" loading="lazy"></a>
<h2 class="teaser__title">%s</h2>
<p class="teaser__text">`, number, number, picture, words.sentence(6))
	for i := range sentences {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(words.sentence(12))
	}
	b.WriteString("</p>\n</article>\n")
	return b.String()
}

// writer writes text that compresses about as well as what people write does.
type writer struct{ *rand.Rand }

func (w writer) sentence(words int) string {
	s := make([]string, words+w.IntN(words))
	for i := range s {
		s[i] = w.word()
	}
	s[0] = strings.ToUpper(s[0][:1]) + s[0][1:]
	return strings.Join(s, " ") + "."
}

// word picks one, of the short ones more often.
func (w writer) word() string {
	if w.IntN(2) == 0 {
		return small[w.IntN(len(small))]
	}
	return large[w.IntN(len(large))]
}

var (
	small = strings.Fields("the of and a to in is was for on with as by at from that it his her their which not but had are were been this has")
	large = strings.Fields(`council harbour minister bridge voters market winter engine prices letters school river
		trains doctor gardens union border budget harvest island painters court library factory museum weather records
		voyage captain station morning orchestra built closed opened found repaired refused praised counted carried
		expected promised delayed returned discovered printed painted older narrow northern quiet empty public wooden
		broken yellow foreign several nobody everybody yesterday again almost never twice beside above across between
		chamber theatre village valley mountain coast lighthouse ferry cargo timber copper paper bread coffee evening`)
)

// bundle is a script of some 120 kB, as a bundler leaves it.
func bundle(n int) []byte {
	var b strings.Builder
	b.WriteString("\"use strict\";(()=>{const table={};\n")
	const functions = 620
	for i := range functions {
		if i == functions/2 && n > 1 {
			b.WriteString(function(functions))
		}
		b.WriteString(function(i))
	}
	fmt.Fprintf(&b, "document.documentElement.dataset.script=%q+Object.keys(table).length;})();\n", fmt.Sprintf("release %d, functions ", n))
	return []byte(b.String())
}

func function(number int) string {
	w := writer{rand.New(rand.NewPCG(8478, uint64(number)))}
	a, c := w.word()+"_", w.word() // no keyword ends so
	return fmt.Sprintf("table.f%d=function(%s,options){if(!options.%s)return null;const value=options.%s.map(x=>x+%d).filter(x=>x%%%d);for(const item of value){table.f%d&&table.f%d(item,%q)}return %s.length+value.length};\n",
		number, a, c, c, w.IntN(1000), 2+w.IntN(40), w.IntN(600), w.IntN(600), w.sentence(4), a)
}
