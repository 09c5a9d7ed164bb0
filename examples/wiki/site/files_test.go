package site_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/examples/wiki/attachment"
)

// attach sends a file as a browser does.
func (v *visitor) attach(page, name, content string) answer {
	v.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("other", "x")
	part, err := form.CreateFormFile("file", name)
	if err != nil {
		v.t.Fatal(err)
	}
	_, _ = io.WriteString(part, content)
	_ = form.Close()
	return v.do("POST", "/files/"+page, body.String(), "Content-Type", form.FormDataContentType())
}

func TestFiles(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		w := open(t, http2)
		w.page("Two words", "text")
		stranger, anna := w.visitor(""), w.visitor("Anna")
		stranger.get("/files/Two_words").is(200, "No files are attached", "Whoever is signed in may attach")
		stranger.get("/files/Nowhere").is(404, "No such page")
		stranger.get("/files/Two_words/x.txt").is(404, "No such file")
		stranger.attach("Two_words", "x.txt", "x").leads("/login")

		anna.attach("Two_words", "my <map>.txt", "x").is(422, "cannot be the name")
		anna.attach("Two_words", `C:\maps\my "old" map.txt`, "x").is(422, "cannot be the name")
		anna.attach("two_WORDS", `C:\maps\my map.txt`, "<script>alert(1)</script>").leads("/files/Two_words")
		anna.get("/files/Two_words").is(200, "my map.txt is attached.", `href="/files/Two_words/my%20map.txt"`, "25 bytes", "attached by Anna")
		stranger.get("/files/Two_words").is(200, `href="/files/Two_words/my%20map.txt"`)
		a := stranger.get("/files/Two_words/my%20map.txt").is(200)
		if a.body != "<script>alert(1)</script>" {
			t.Errorf("%q", a.body)
		}
		for name, want := range map[string]string{
			"Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff", "Content-Disposition": `inline; filename="my map.txt"`,
			"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox", "Link": "",
		} {
			if got := a.Header.Get(name); got != want {
				t.Errorf("%s: %q", name, got)
			}
		}
		stranger.do("GET", "/files/Two_words/my%20map.txt", "", "If-None-Match", a.Header.Get("Etag")).is(304)
		if part := stranger.do("GET", "/files/Two_words/my%20map.txt", "", "Range", "bytes=1-6", "Accept-Encoding", "identity").is(206); part.body != "script" {
			t.Errorf("%q", part.body)
		}

		anna.attach("Two_words", "My Map.TXT", "another").is(409, "another file of that name")
		anna.attach("Two_words", "page.html", "x").is(415, "of that kind")
		anna.attach("Two_words", "photo.png", "<html>").is(415, "its name says")
		anna.attach("Two_words", "empty.txt", "").is(422, "Choose a file")
		anna.attach("Two_words", "large.zip", strings.Repeat("x", attachment.Largest+1)).is(413, "10 MiB")
		anna.attach("Nowhere", "x.txt", "x").is(404, "No such page")
		anna.post("/files/Two_words", nil).is(415, "Not a form")
		anna.do("POST", "/files/Two_words", "--b\r\nContent-Disposition: form-data; name=file; filename=x.txt\r\n\r\ncut", "Content-Type", "multipart/form-data; boundary=b").is(400, "did not arrive whole")
		anna.do("POST", "/files/Two_words", "--b--\r\n", "Content-Type", "multipart/form-data; boundary=b").is(422, "Choose a file")
		anna.do("POST", "/files/Two_words", "x", "Content-Type", "multipart/form-data; boundary=b", "Sec-Fetch-Site", "cross-site").is(403)
	}
}

// A file may be on its way for longer than the server gives a page.
func TestSlowFile(t *testing.T) {
	w := open(t, false)
	w.page("A", "text")
	hasty := httptest.NewUnstartedServer(w.server.Config.Handler)
	hasty.Config.ReadTimeout, hasty.Config.WriteTimeout = 300*time.Millisecond, 300*time.Millisecond
	hasty.StartTLS()
	defer hasty.Close()
	w.server = hasty
	anna := w.visitor("Anna")
	r, body := io.Pipe()
	go func() {
		for _, piece := range []string{"--b\r\nContent-Disposition: form-data; name=file; filename=x.txt\r\n\r\n", "some ", "words", "\r\n--b--\r\n"} {
			_, _ = io.WriteString(body, piece)
			time.Sleep(200 * time.Millisecond)
		}
		_ = body.Close()
	}()
	req, err := http.NewRequestWithContext(t.Context(), "POST", anna.url+"/files/A", r)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := anna.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != 303 {
		t.Errorf("%s", res.Status)
	}
	anna.get("/files/A/x.txt").is(200, "some words")
}
