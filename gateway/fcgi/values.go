package fcgi

import "strconv"

// mayMultiplex is the variable by which the server in front finds out whether it may send several
// requests at once.
const mayMultiplex = "FCGI_MPXS_CONNS"

// appendValues appends the answer to a question for variables (FastCGI 1.0 §4.1), which is pairs
// with empty values. asked reports whether [mayMultiplex] was among them.
//
// FCGI_MAX_REQS is for one connection: that is how haproxy takes it, and who takes it for the sum
// is refused nothing.
func (s *Server) appendValues(b []byte, question string) (_ []byte, asked bool, err error) {
	vars, err := pairs(question)
	if err != nil {
		return b, false, err
	}
	known := []struct {
		name  string
		value string
	}{
		{"FCGI_MAX_CONNS", positive(s.conns.ConnLimit())},
		{"FCGI_MAX_REQS", positive(s.maxRequests())},
		{mayMultiplex, "1"},
	}
	if s.maxRequests() == 1 {
		known[2].value = "0"
	}
	var content []byte
	for _, k := range known {
		if _, ok := vars.Lookup(k.name); !ok {
			continue
		}
		asked = asked || k.name == mayMultiplex
		if k.value != "" {
			content = appendPair(content, k.name, k.value)
		}
	}
	return appendRecord(b, getValuesResult, 0, content...), asked, nil
}

// positive is n in digits, "" where there is no bound to tell.
func positive(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n)
}
