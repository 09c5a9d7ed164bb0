package storetest

import (
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/surcoat/surcoat/middleware/session"
)

func contentChecks() []check {
	return []check{
		{"data of any bytes", anyData},
		{"data of any length", anyLength},
		{"subjects of any bytes", anySubject},
		{"ids of any bytes", anyID},
	}
}

// hostile are texts that quoting, templates, key syntax and encodings trip over.
func hostile() []string {
	var all strings.Builder
	for c := range 256 {
		all.WriteByte(byte(c))
	}
	return []string{
		all.String(), "\x00", "a\x00b", "\xff\xfe", "\xc3(", "\xed\xa0\x80", "ü\u2028",
		`"`, `'`, "`", `\`, `\x00`, `{a}b`, "{", "}", "$1", "%s%d", "*", "a*[b]?", ":", "a:b", "/../x",
		" ", "\r\n", "'; DROP TABLE sessions; --", "null", "0",
	}
}

func anyData(t *trial) {
	for _, data := range hostile() {
		id, r := t.create("", data)
		t.wantRecord(fmt.Sprintf("created with %.20q", data), t.load(id), r)
		r.Data = data + data
		r = t.save(id, r)
		t.wantRecord(fmt.Sprintf("saved with %.20q twice", data), t.load(id), r)
		_ = t.backend.Delete(t.Context(), id)
	}
}

func anyLength(t *trial) {
	mib := make([]byte, 1<<20)
	_, _ = rand.Read(mib)
	id, r := t.create("", "")
	t.wantRecord("created empty", t.load(id), r)
	for _, n := range []int{1, 0, 255, 256, 65535, 65536, len(mib), 0} {
		r.Data = string(mib[:n])
		r = t.save(id, r)
		t.wantRecord(fmt.Sprintf("saved with %d bytes", n), t.load(id), r)
	}
	_ = t.backend.Delete(t.Context(), id)
	id, r = t.create("", string(mib))
	t.wantRecord("created with 1 MiB", t.load(id), r)
	_ = t.backend.Delete(t.Context(), id)
}

func anySubject(t *trial) {
	unique := newSubject()
	subjects := append(hostile(), strings.Repeat("s", 4<<10))
	ids := make([]session.ID, len(subjects))
	records := make([]session.Record, len(subjects))
	for i := range subjects {
		subjects[i] += unique
		ids[i], records[i] = t.create(subjects[i], fmt.Sprint(i))
	}
	for i, subject := range subjects {
		t.wantRecord(fmt.Sprintf("signed in as %.20q", subject), t.load(ids[i]), records[i])
		if _, ok := t.backend.(session.Lister); ok {
			t.wantListed(fmt.Sprintf("%.20q", subject), subject, fmt.Sprint(i))
		}
	}
	for i, subject := range subjects {
		if b, ok := t.backend.(session.Revoker); ok {
			t.wantErr(fmt.Sprintf("Revoke of %.20q", subject), b.Revoke(t.Context(), subject), nil, "")
			t.wantGone(fmt.Sprintf("the session of %.20q", subject), ids[i], records[i], whyRevoked)
			for j := i + 1; j < len(subjects); j++ {
				t.load(ids[j])
			}
		}
		_ = t.backend.Delete(t.Context(), ids[i])
	}
}

// anyID has ids that differ in one place only, and ids of separators.
func anyID(t *trial) {
	base := newID()
	ids := []session.ID{base}
	for i := range base {
		id := base
		id[i] ^= 1
		ids = append(ids, id)
	}
	for _, c := range []byte{0, ':', '{', '}', '\n', 0xff} {
		id := base
		for i := range 16 {
			id[i] = c
		}
		ids = append(ids, id)
	}
	records := make([]session.Record, len(ids))
	for i, id := range ids {
		records[i] = t.save(id, record("", fmt.Sprint(i)))
	}
	for i, id := range ids {
		t.wantRecord(fmt.Sprintf("id %x", id), t.load(id), records[i])
		_ = t.backend.Delete(t.Context(), id)
	}
}
