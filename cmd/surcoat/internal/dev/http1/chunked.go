package http1

import (
	"bytes"
	"strconv"
)

// maxLine is the longest line of the chunked coding that is understood, in bytes.
const maxLine = 64 << 10

// followBody takes bytes that follow the head, up to the next change of state.
func (m *Message) followBody(p []byte) (n int, err error) {
	switch m.state {
	case inBody, inChunk:
		n = int(min(int64(len(p)), m.left))
		if m.left -= int64(n); m.left > 0 {
			return n, nil
		}
		if m.state == inBody {
			m.state = ended
		} else {
			m.state = inChunkEnd
		}
		return n, nil
	case untilClose:
		return len(p), nil
	}
	end := bytes.IndexByte(p, '\n')
	if end < 0 {
		n = len(p)
	} else {
		n = end + 1
	}
	if m.line = append(m.line, p[:n]...); len(m.line) > maxLine {
		return n, ErrUnknown
	}
	if end < 0 {
		return n, nil
	}
	line := bytes.TrimRight(m.line, "\r\n")
	m.line = m.line[:0]
	return n, m.chunkLine(line)
}

// chunkLine understands a line of the chunked coding (RFC 9112 §7.1).
func (m *Message) chunkLine(line []byte) error {
	switch m.state {
	case inChunkSize:
		digits, _, _ := bytes.Cut(line, []byte(";"))
		size, err := strconv.ParseUint(string(bytes.TrimRight(digits, " \t")), 16, 63)
		if err != nil {
			return ErrUnknown
		}
		if size == 0 {
			m.state = inTrailer
		} else {
			m.state, m.left = inChunk, int64(size)
		}
	case inChunkEnd:
		if len(line) > 0 {
			return ErrUnknown
		}
		m.state = inChunkSize
	case inTrailer:
		if len(line) == 0 {
			m.state = ended
		}
	}
	return nil
}
