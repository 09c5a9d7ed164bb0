package dictionaryfield

import "net/http"

// Readable reports whether the origin that sent a request may read the response with this header,
// as far as a server can tell (RFC 9842 §9.3.3). If not, the response must not be encoded with a
// dictionary: its length, which another origin can find out, would tell how much it has in common
// with a dictionary that the other origin may have chosen.
//
// A client that sends neither Sec-Fetch-Site nor Sec-Fetch-Mode is no browser (all that know
// dictionaries send them to every origin where they use one), so that there is no other origin whose
// script has made it send the request. Of a client that sends one of them, and not what follows
// here, nothing is believed, although the RFC would. Nor is another origin's script allowed what was
// made for a user, by his cookie, unless credentials are allowed it: browsers keep it from
// the script, too (https://fetch.spec.whatwg.org/#concept-cors-check).
func Readable(request, response http.Header) bool {
	site, mode := request.Get("Sec-Fetch-Site"), request.Get("Sec-Fetch-Mode")
	if site == "" && mode == "" || site == "same-origin" {
		return true
	}
	switch mode {
	case "navigate", "same-origin":
		return true
	case "cors":
		origin, allowed := request.Get("Origin"), response["Access-Control-Allow-Origin"]
		if origin == "" || len(allowed) != 1 {
			return false
		}
		if len(request["Cookie"]) > 0 {
			return allowed[0] == origin && response.Get("Access-Control-Allow-Credentials") == "true"
		}
		return allowed[0] == "*" || allowed[0] == origin
	}
	return false
}
