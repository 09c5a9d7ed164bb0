package ajp

// What the first byte of a packet says that it is.
const (
	forwardRequest = 2
	sendBodyChunk  = 3
	sendHeaders    = 4
	endResponse    = 5
	getBodyChunk   = 6
	shutdown       = 7
	ping           = 8
	cPong          = 9
	cPing          = 10
)

// methods are by their codes. The last are those of WebDAV's versioning (RFC 3253).
var methods = [...]string{
	1: "OPTIONS", "GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE",
	"LOCK", "UNLOCK", "ACL", "REPORT", "VERSION-CONTROL", "CHECKIN", "CHECKOUT", "UNCHECKOUT", "SEARCH", "MKWORKSPACE",
	"UPDATE", "LABEL", "MERGE", "BASELINE-CONTROL", "MKACTIVITY",
}

// storedMethod stands for a method without a code, which is in an attribute.
const storedMethod = 0xff

// fieldCode marks a field's name that is a code: no string is that long.
const fieldCode = 0xa000

// requestFields are by their codes, less fieldCode.
var requestFields = [...]string{
	1: "Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Authorization", "Connection", "Content-Type",
	"Content-Length", "Cookie", "Cookie2", "Host", "Pragma", "Referer", "User-Agent",
}

// answerFields are the codes of the fields of an answer.
var answerFields = map[string]uint16{
	"Content-Type": 0xa001, "Content-Language": 0xa002, "Content-Length": 0xa003, "Date": 0xa004, "Last-Modified": 0xa005,
	"Location": 0xa006, "Set-Cookie": 0xa007, "Set-Cookie2": 0xa008, "Servlet-Engine": 0xa009, "Status": 0xa00a,
	"Www-Authenticate": 0xa00b,
}

// The attributes of a request.
const (
	attrContext = 1 + iota
	attrServletPath
	attrRemoteUser
	attrAuthType
	attrQuery
	attrRoute
	attrSSLCert
	attrSSLCipher
	attrSSLSession
	attrNamed // its name, and then its value
	attrSSLKeySize
	attrSecret
	attrMethod

	endOfAttributes = 0xff
)
