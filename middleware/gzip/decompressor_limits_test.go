package gzip_test

import (
	"bytes"
	stdflate "compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// gzipZeros returns n MiB of zeros as one gzip member.
func gzipZeros(n int) []byte {
	zeros := make([]byte, 1<<20)
	var piece, out bytes.Buffer
	zw, _ := stdflate.NewWriter(&piece, stdflate.BestCompression)
	_, _ = zw.Write(zeros)
	_ = zw.Flush() // ends on a byte, and refers to nothing before it
	out.WriteString("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff")
	sum := uint32(0)
	for range n {
		out.Write(piece.Bytes())
		sum = crc32.Update(sum, crc32.IEEETable, zeros)
	}
	out.WriteString("\x03\x00") // an empty last block
	out.Write(binary.LittleEndian.AppendUint32(nil, sum))
	out.Write(binary.LittleEndian.AppendUint32(nil, uint32(n<<20)))
	return out.Bytes()
}

// zstdZeros returns n MiB of zeros as one zstd frame with a window of 8 MiB: each block of
// 128 KiB is four bytes (RFC 8878 §3.1.1.2).
func zstdZeros(n int) []byte {
	frame := []byte("\x28\xb5\x2f\xfd\x00\x68")
	for range n * 8 {
		frame = append(frame, 0x02, 0x00, 0x10, 0x00)
	}
	return append(frame, 0x01, 0x00, 0x00) // an empty last block
}

// The bombs of these tests are what they claim to be.
func TestDecompressor_bombsAreWellFormed(t *testing.T) {
	d := &gzip.Decompressor{MaxBytes: math.MaxInt64, MaxRatio: math.MaxInt64}
	for _, c := range []struct {
		codings string
		body    []byte
	}{
		{"gzip", gzipZeros(4)},
		{"zstd", zstdZeros(4)},
		{"gzip, gzip", codedIn(string(gzipZeros(4)), "gzip")},
	} {
		plain, status, err := readBack(d, c.codings, c.body)
		if len(plain) != 4<<20 || err != nil || status != http.StatusOK {
			t.Errorf("%s: %d bytes, %v, %d", c.codings, len(plain), err, status)
		}
	}
}

// Who reads the log finds the field that has to be larger.
func TestDecompressor_limitIsNamed(t *testing.T) {
	for _, c := range []struct {
		d    gzip.Decompressor
		body []byte
		says string
	}{
		{gzip.Decompressor{}, gzipZeros(4), "gzip decodes to more than 1048576 bytes (Decompressor.MaxRatio)"},
		{gzip.Decompressor{MaxBytes: 1 << 20, MaxRatio: math.MaxInt64}, gzipZeros(4), "gzip decodes to more than 1048576 bytes (Decompressor.MaxBytes)"},
		{gzip.Decompressor{MaxBytes: 1}, bytes.Repeat(codedIn("", "gzip"), 1<<13), "it is coded in more than 65538 bytes (Decompressor.MaxBytes)"},
	} {
		if _, _, err := readBack(&c.d, "gzip", c.body); !strings.Contains(fmt.Sprint(err), c.says) {
			t.Errorf("%v, not %s", err, c.says)
		}
	}
}

// A bomb is cut at the limits, costs no more than they say, and is answered with 413. This is
// CVE-2024-36129 of the OpenTelemetry collector, and the same of many others.
func TestDecompressor_bombs(t *testing.T) {
	const gib = 1 << 10
	inGzip, inZstd := gzipZeros(gib), zstdZeros(gib)
	const none = math.MaxInt64
	type rules = gzip.Decompressor
	small := rules{MaxBytes: 256 << 10}
	for _, c := range []struct {
		name    string
		codings string
		body    []byte
		d       gzip.Decompressor
		most    int64  // decoded bytes that reach the handler
		memory  uint64 // bytes that are allocated
	}{
		{"gzip", "gzip", inGzip, rules{}, 10 << 20, 1 << 20},
		{"zstd", "zstd", inZstd, rules{}, 10 << 20, 10 << 20},
		{"gzip, by bytes", "gzip", inGzip, rules{MaxBytes: 2 << 20, MaxRatio: none}, 2 << 20, 1 << 20},
		{"zstd, by bytes", "zstd", inZstd, rules{MaxBytes: 2 << 20, MaxRatio: none}, 2 << 20, 10 << 20},
		{"gzip, by ratio", "gzip", inGzip, rules{MaxBytes: none}, 2 << 20, 1 << 20},
		{"zstd, by ratio", "zstd", inZstd, rules{MaxBytes: none}, 2 << 20, 10 << 20},
		{"gzip in gzip", "gzip, gzip", codedIn(string(inGzip), "gzip"), rules{}, 10 << 20, 1 << 20},
		{"zstd in gzip", "zstd, gzip", codedIn(string(inZstd), "gzip"), rules{}, 10 << 20, 10 << 20},
		{"gzip in zstd", "gzip, zstd", codedIn(string(inGzip), "zstd"), rules{}, 10 << 20, 10 << 20},
		// Nothing comes out of these, however long they are.
		{"empty members", "gzip", bytes.Repeat(codedIn("", "gzip"), 1<<15), small, 0, 1 << 20},
		{"empty blocks", "gzip", append([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"), bytes.Repeat([]byte("\x00\x00\x00\xff\xff"), 1<<17)...), small, 0, 1 << 20},
		{"empty frames", "zstd", bytes.Repeat([]byte("\x28\xb5\x2f\xfd\x20\x00\x01\x00\x00"), 1<<17), small, 0, 1 << 20},
		{"a skippable frame", "zstd", append([]byte("\x50\x2a\x4d\x18\xff\xff\xff\xff"), make([]byte, 1<<20)...), small, 0, 1 << 20},
		// Each costs the decoder 24 bytes, for a moment.
		{"skippable frames", "zstd", bytes.Repeat([]byte("\x50\x2a\x4d\x18\x00\x00\x00\x00"), 1<<17), small, 0, 4 << 20},
		{"skippable frames in gzip", "zstd, gzip", codedIn(strings.Repeat("\x50\x2a\x4d\x18\x00\x00\x00\x00", 1<<20), "gzip"), small, 0, 4 << 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			var n int64
			var err error
			h := c.d.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				n, err = io.CopyBuffer(io.Discard, onlyReader{r.Body}, make([]byte, 4096))
			}))
			rec, r := httptest.NewRecorder(), posted(c.codings, c.body)
			var before, after runtime.MemStats
			goroutines := runtime.NumGoroutine()
			runtime.ReadMemStats(&before)
			h.ServeHTTP(rec, r)
			runtime.ReadMemStats(&after)
			if !tooLarge(err) || n > c.most {
				t.Errorf("the handler read %d bytes, %v", n, err)
			}
			if rec.Code != http.StatusRequestEntityTooLarge {
				t.Errorf("status %d", rec.Code)
			}
			if all := after.TotalAlloc - before.TotalAlloc; all > c.memory && !raceEnabled {
				t.Errorf("%d bytes were allocated, not %d", all, c.memory)
			}
			if now := runtime.NumGoroutine(); now > goroutines {
				t.Errorf("%d goroutines, %d before", now, goroutines)
			}
		})
	}
}

// A window is memory that a few bytes ask for (RFC 9659; dotnet/aspnetcore#67688).
func TestDecompressor_window(t *testing.T) {
	const magic = "\x28\xb5\x2f\xfd"
	for _, c := range []struct {
		name, frame string
		ok          bool
	}{
		{"8 MiB", magic + "\x00\x68" + "\x09\x00\x00a", true},
		{"9 MiB", magic + "\x00\x69" + "\x09\x00\x00a", false},
		{"1 GiB", magic + "\x00\xa0" + "\x09\x00\x00a", false},
		{"3.75 TiB", magic + "\x00\xff" + "\x09\x00\x00a", false},
		{"one segment of 9 MiB", magic + "\xa0\x00\x00\x90\x00" + "\x09\x00\x00a", false},
		{"one segment of 16 EiB", magic + "\xe0\xff\xff\xff\xff\xff\xff\xff\xff" + "\x09\x00\x00a", false},
		{"a dictionary", magic + "\x21\x07\x01" + "\x09\x00\x00a", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &gzip.Decompressor{MaxBytes: math.MaxInt64}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			plain, status, err := readBack(d, "zstd", []byte(c.frame))
			runtime.ReadMemStats(&after)
			if c.ok {
				if plain != "a" || err != nil {
					t.Errorf("%q, %v", plain, err)
				}
				return
			}
			if plain != "" || err == nil || status != http.StatusBadRequest {
				t.Errorf("%q, %v, status %d", plain, err, status)
			}
			if all := after.TotalAlloc - before.TotalAlloc; all > 256<<10 {
				t.Errorf("%d bytes were allocated", all)
			}
		})
	}
}

func TestDecompressor_maxBytes(t *testing.T) {
	for _, codings := range []string{"gzip", "zstd", "gzip, zstd", "zstd, gzip"} {
		for _, size := range []int{1, 99, 100, 101, 5000} {
			body := codedIn(prose[:size], strings.Split(codings, ", ")...)
			for _, one := range []bool{false, true} { // one byte at a time
				var b strings.Builder
				var err error
				rec := httptest.NewRecorder()
				(&gzip.Decompressor{MaxBytes: 100}).Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					p := make([]byte, 4096)
					if one {
						p = p[:1]
					}
					_, err = io.CopyBuffer(&b, onlyReader{r.Body}, p)
					if _, again := r.Body.Read(p); again == nil || again != err && err != nil {
						t.Errorf("after %v: %v", err, again)
					}
				})).ServeHTTP(rec, posted(codings, body))
				if b.String() != prose[:min(size, 100)] || (size > 100) != tooLarge(err) || (size > 100) != (rec.Code == 413) {
					t.Errorf("%s, %d bytes: %d, %v, status %d", codings, size, b.Len(), err, rec.Code)
				}
			}
		}
	}
}

// What cannot be compressed is a little longer when it is coded, and is not too long for that.
func TestDecompressor_maxBytesOfNoise(t *testing.T) {
	d := &gzip.Decompressor{MaxBytes: 128 << 10}
	noise := make([]byte, 128<<10)
	x := uint64(1)
	for i := range noise {
		x = x*6364136223846793005 + 1442695040888963407
		noise[i] = byte(x >> 56)
	}
	for _, codings := range []string{"gzip", "zstd", "gzip, gzip"} {
		plain, _, err := readBack(d, codings, codedIn(string(noise), strings.Split(codings, ", ")...))
		if plain != string(noise) || err != nil {
			t.Errorf("%s: %d bytes, %v", codings, len(plain), err)
		}
	}
	var flushed bytes.Buffer
	const plain = "a line for which nobody wants to wait\n"
	coded := codingBody(io.NopCloser(slowly{strings.NewReader(plain)}), gzip.Gzip{})
	_, _ = flushed.ReadFrom(onlyReader{coded})
	d = &gzip.Decompressor{MaxBytes: int64(len(plain))}
	if got, _, err := readBack(d, "gzip", flushed.Bytes()); got != plain || err != nil {
		t.Errorf("%d bytes in %d, flushed after each few: %d bytes, %v", len(plain), flushed.Len(), len(got), err)
	}
}

// slowly gives five bytes at a time.
type slowly struct{ io.Reader }

func (s slowly) Read(p []byte) (int, error) { return s.Reader.Read(p[:min(len(p), 5)]) }

func TestDecompressor_maxRatio(t *testing.T) {
	records := strings.Repeat(`{"status":"ok","count":0},`, 40_000)[:1_000_000]
	logs := strings.Repeat(prose, 2<<20/len(prose))
	for _, c := range []struct {
		name   string
		ratio  int64
		plain  string
		coding string
		ok     bool
	}{
		{"small and all the same", 0, strings.Repeat("a", 1<<20), "gzip", true},
		{"small and all the same", 0, strings.Repeat("a", 1<<20), "zstd", true},
		{"small records", 1, records, "zstd", true},
		{"all the same", 0, strings.Repeat("a", 1<<20+1), "gzip", false},
		{"all the same", 0, strings.Repeat("a", 1<<20+1), "zstd", false},
		{"all the same", 1032, strings.Repeat("a", 2<<20), "gzip", true},
		{"logs", 3, logs, "gzip", false},
		{"logs", 0, logs, "gzip", true},
		{"no limit", math.MaxInt64, strings.Repeat("a", 2<<20), "zstd", true},
	} {
		body := codedIn(c.plain, c.coding)
		plain, status, err := readBack(&gzip.Decompressor{MaxRatio: c.ratio}, c.coding, body)
		if c.ok && (plain != c.plain || err != nil) || !c.ok && (!tooLarge(err) || status != 413 || len(plain) < 1<<20) {
			t.Errorf("%s, %s at %d: %d bytes of %d, %v, status %d", c.name, c.coding, len(c.plain)/len(body), len(plain), len(c.plain), err, status)
		}
	}
}

// A limit outside counts coded bytes, one inside decoded ones.
func TestDecompressor_maxBytesReader(t *testing.T) {
	body := codedIn(prose, "gzip")
	for _, c := range []struct {
		outside, inside int
		most            int
		whole           bool
	}{
		{len(body), len(prose), len(prose), true},
		{len(body) - 1, len(prose), len(prose), false}, // the last byte of the checksum is missing
		{10, len(prose), 0, false},
		{len(body), len(prose) - 1, len(prose) - 1, false},
		{len(body), 10, 10, false},
	} {
		h, rec := new(reading), httptest.NewRecorder()
		limited := http.MaxBytesHandler(h, int64(c.inside))
		http.MaxBytesHandler((&gzip.Decompressor{}).Wrap(limited), int64(c.outside)).ServeHTTP(rec, posted("gzip", body))
		if tooLarge(h.err) == c.whole || len(h.body) > c.most || rec.Code != http.StatusOK {
			t.Errorf("%+v: %d bytes, %v, status %d", c, len(h.body), h.err, rec.Code)
		}
	}
}

// What becomes of the handler's own answer.
func TestDecompressor_answers(t *testing.T) {
	long, corrupt := codedIn(strings.Repeat(prose, 10), "gzip"), codedIn(prose, "gzip")
	corrupt[len(corrupt)-5]++ // in the checksum
	const own = "the handler's own words"
	says := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(own)))
			w.WriteHeader(status)
			_, _ = io.WriteString(w, own)
		}
	}
	silent := func(http.ResponseWriter, *http.Request) {}
	for _, c := range []struct {
		name    string
		body    []byte
		handler http.HandlerFunc
		status  int
		own     bool
	}{
		{"cut, nothing", long, silent, 413, false},
		{"cut, 400", long, says(400), 413, false},
		{"cut, 422", long, says(422), 413, false},
		{"cut, 500", long, says(500), 413, false},
		{"cut, 502", long, says(502), 413, false},
		{"cut, 413", long, says(413), 413, true},
		{"cut, 200", long, says(200), 200, true},
		{"cut, body only", long, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, own) }, 200, true},
		{"corrupt, nothing", corrupt, silent, 400, false},
		{"corrupt, 422", corrupt, says(422), 422, true},
		{"corrupt, 500", corrupt, says(500), 500, true},
		{"corrupt, 200", corrupt, says(200), 200, true},
		{"whole, nothing", codedIn(prose, "gzip"), silent, 200, false},
		{"whole, 500", codedIn(prose, "gzip"), says(500), 500, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			protocols(t, func(t *testing.T, proto int) {
				d := &gzip.Decompressor{MaxBytes: int64(len(prose))}
				s := serveHandler(t, proto, d.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					_, err := io.Copy(io.Discard, r.Body)
					if want := !strings.HasPrefix(c.name, "whole"); (err != nil) != want || tooLarge(err) != strings.HasPrefix(c.name, "cut") {
						t.Errorf("Read: %v", err)
					}
					c.handler(w, r)
				})))
				a := s.post("gzip", bytes.NewReader(c.body))
				a.status(c.status)
				if a.rawErr != nil || (string(a.raw) == own) != c.own {
					t.Errorf("%q, %v", a.raw, a.rawErr)
				}
				if c.status >= 400 && !c.own {
					a.field("Content-Type", "text/plain; charset=utf-8")
				}
				s.quiet()
			})
		})
	}
	t.Run("a handler that never read", func(t *testing.T) {
		s := serveHandler(t, 1, (&gzip.Decompressor{}).Wrap(says(400)))
		a := s.post("gzip", bytes.NewReader(corrupt))
		if a.StatusCode != 400 || string(a.raw) != own {
			t.Errorf("%d %q", a.StatusCode, a.raw)
		}
	})
}

// Whatever is wrong with a body is an error of Read, after what came before it; never is a part
// of a body taken for the whole.
func TestDecompressor_truncated(t *testing.T) {
	const plain = "once upon a time; "
	named := []byte("\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\xff" + "name.txt\x00" + "\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	var checked bytes.Buffer
	zw, _ := zstd.NewWriter(&checked, zstd.WithEncoderCRC(true), zstd.WithEncoderConcurrency(1))
	_, _ = io.WriteString(zw, plain)
	_ = zw.Close()
	skippable := []byte("\x5f\x2a\x4d\x18\x03\x00\x00\x00abc")
	for _, c := range []struct {
		name, codings string
		parts         [][]byte // the body is whole after each of them
		plain         string
	}{
		{"a member", "gzip", [][]byte{codedIn(plain, "gzip")}, plain},
		{"members", "gzip", [][]byte{codedIn(plain, "gzip"), named, codedIn(plain, "gzip")}, plain + plain},
		{"a name", "gzip", [][]byte{named}, ""},
		{"a frame", "zstd", [][]byte{codedIn(plain, "zstd")}, plain},
		{"frames", "zstd", [][]byte{checked.Bytes(), skippable, codedIn(plain, "zstd")}, plain + plain},
		{"skippable", "zstd", [][]byte{skippable, skippable}, ""},
		{"nested", "gzip, zstd", [][]byte{codedIn(plain, "gzip", "zstd")}, plain},
		{"nested", "zstd, gzip", [][]byte{codedIn(plain, "zstd", "gzip")}, plain},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &gzip.Decompressor{}
			whole := map[int]bool{0: true}
			var body []byte
			for _, part := range c.parts {
				body = append(body, part...)
				whole[len(body)] = true
			}
			for n := range len(body) + 1 {
				got, status, err := readBack(d, c.codings, body[:n])
				if whole[n] != (err == nil) || !strings.HasPrefix(c.plain, got) {
					t.Errorf("%d bytes of %d: %q, %v", n, len(body), got, err)
				}
				if !whole[n] && (!errors.Is(err, io.ErrUnexpectedEOF) || status != http.StatusBadRequest) {
					t.Errorf("%d bytes of %d: %v, status %d", n, len(body), err, status)
				}
			}
			if got, _, err := readBack(d, c.codings, body); got != c.plain || err != nil {
				t.Errorf("%q, %v", got, err)
			}
			for _, more := range []string{"x", "\x00", "\x00\x00\x00\x00", "\x28", "\x1f", "\x1f\x8b", "\x50", "trailing garbage"} {
				if got, status, err := readBack(d, c.codings, append(body[:len(body):len(body)], more...)); err == nil || status != http.StatusBadRequest {
					t.Errorf("with %q after it: %q, %v, status %d", more, got, err, status)
				}
			}
		})
	}
}

// A changed bit is found by the checksum, at the latest. (zstd has one only if the
// client puts it in.)
func TestDecompressor_corrupt(t *testing.T) {
	d := &gzip.Decompressor{}
	var b bytes.Buffer
	zw, _ := zstd.NewWriter(&b, zstd.WithEncoderCRC(true), zstd.WithEncoderConcurrency(1))
	_, _ = io.WriteString(zw, prose[:500])
	_ = zw.Close()
	for coding, body := range map[string][]byte{"gzip": codedIn(prose[:500], "gzip"), "zstd": b.Bytes()} {
		for i := range body {
			for bit := range 8 {
				flipped := bytes.Clone(body)
				flipped[i] ^= 1 << bit
				got, _, err := readBack(d, coding, flipped)
				if err == nil && got != prose[:500] { // a header can say the same in other words
					t.Errorf("%s, byte %d, bit %d: %d bytes and no error", coding, i, bit, len(got))
				}
			}
		}
		if got, status, err := readBack(d, coding, []byte(prose)); got != "" || err == nil || status != http.StatusBadRequest {
			t.Errorf("a body that is not %s: %q, %v, %d", coding, got, err, status)
		}
	}
}
