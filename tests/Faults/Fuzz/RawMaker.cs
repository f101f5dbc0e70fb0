using System.Globalization;
using System.Text;

namespace GifShare.Faults.Tests.Fuzz;

/// <summary>Makes the n-th request of a seed that no client library would send: lines, headers and bodies that are wrong as HTTP, or odd and right.</summary>
internal sealed class RawMaker(World world, int seed)
{
    private static readonly string[] Methods = ["HEAD", "OPTIONS", "TRACE", "CONNECT", "PRI", "FOO", "get", "", "G\0T", "GÉT", "G:T", "(", new('M', 400), new('M', 9000)];

    private static readonly string[] Paths =
    [
        "/", "/login", "/register", "/collections", "/trash", "/settings", "/design", "/docs/", "/openapi/v1.json", "/metrics", "/ops", "/health/live", "/health/ready", "/health/none", "/oembed", "/favorites",
        "/v1/users/me", "/v1/sessions", "/v1/users", "/v1/collections", "/v1/gifs", "/v1/gifs/none", "/v1/none", "/media/none", "/assets/none/site.css", "/s/{token}", "/embed/{token}", "/c/{gone}", "/none",
    ];

    private static readonly string[] Targets =
    [
        "http://localhost{path}", "http://localhost:99999{path}", "http://localhost:/", "http://evil.example{path}", "https://localhost{path}", "HTTP://LOCALHOST{path}", "http://", "http:///x", "http://[::1", "http://a b/",
        "ftp://localhost/", "localhost:80", "localhost", "*", "", " ", "//", "///", "//evil.example/{path}", "/\\evil.example", "\\", "/%", "/%zz", "/%0", "/%00", "/%0d%0aX:%20y", "/%2e%2e/%2e%2e/etc/passwd", "/../..{path}",
        "/./{path}", "/%ff%fe%80", "/%c0%ae", "/%u0041", "/a b", "/a\tb", "/a\0b", "/é", "/🎉", "?", "?a=b", "{path}?", "{path}?&&=&=a&a=&a", "{path}?%00=%00&%zz=%", "{path}?a=%ff%fe", "{path}#a", "{path}?a#b", "{path}?done=saved&undo=x",
        "{path}?done=%00&of=%ff&undo=%%%", "{path}?return=//evil.example&return=%00", "{path}?cursor=%00&limit=99999999999999999999", "{path}?q=%00", "{path}?sort=%ff&type=%ff", "{path};a=b", "{path}/", "{path}//", "{path}/..;/", "/" + "{long}", "{path}?{long}",
    ];

    private static readonly string[] Hosts =
    [
        "localhost", "localhost:", "localhost:0", "localhost:80", "localhost:65535", "localhost:65536", "localhost:99999", "localhost:99999999999999", "localhost:-1", "localhost:http", "127.0.0.1", "[::1]", "[::1]:99999", "[::1", "::1", "[]",
        "evil.example", "evil.example:99999", "LOCALHOST", "localhost.", "local host", "localhost, evil.example", "a..b", "-", ".", "_", "a/b", "user@localhost", "localhost\0", "é.example", "xn--9ca.example", "%6cocalhost", new('h', 300), new('h', 9000), "",
    ];

    private static readonly string[] Names =
    [
        "Accept", "Authorization", "Cookie", "Content-Type", "If-Match", "If-None-Match", "If-Modified-Since", "If-Range", "Range", "Origin", "Referer", "User-Agent", "Accept-Encoding", "Accept-Language", "Upgrade", "Connection", "Expect",
        "TE", "Trailer", "Date", "Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Antiforgery", "Idempotency-Key", "Link-Unlock", "Link-View", "blazor-enhanced-nav", "blazor-frame", "Sec-Fetch-Site", "Traceparent",
        "Tracestate", "Baggage", "Request-Id", "X-HTTP-Method-Override", "Content-Encoding", "Content-Range", "Cache-Control", "Access-Control-Request-Method", "Access-Control-Request-Headers", "Host", "Content-Length", "X-Odd",
    ];

    private static readonly string[] Values =
    [
        "", " ", "a", "0", "-1", "*", "*/*", "text/html", "text/html; blazor-enhanced-nav=on", "application/json", "application/json; charset=utf-16", "multipart/form-data", "multipart/form-data; boundary=\"", "application/x-www-form-urlencoded",
        "Bearer", "Bearer x", "Bearer " + "a.b.c", "Basic Og==", "\"1.1\"", "W/\"", "\"", "bytes=0-", "bytes=-", "bytes=0-0,1-1,2-2", "Mon, 30 Feb 2026 25:61:61 GMT", "gzip;q=9, br;q=x", "gifshare=x; gifshare=y; gifshare-form=%%%; gifshare-look=..;;=",
        "gifshare-form=CfDJ8AAAA", "allow", "allow, allow", "close", "keep-alive", "upgrade", "websocket", "h2c", "100-continue", "null", "http://localhost", "https://evil.example", "10.0.0.1, ::1, x", "for=\"[::1", "00-00000000000000000000000000000000-0000000000000000-00",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "DELETE", "chunked", "é", "\u0001", "a\0b", "a\rb", "a\r\n b", "a\r\n\tb", "%00", "☃", new('v', 3000), new('v', 9000), new('v', 40_000),
    ];

    private static readonly string[] Lines =
    [
        ": nameless", "no colon", "Na me: x", "Name : x", " folded", "\tfolded", "X\0: y", "X: y\0", "X-É: y", "X: y\r", "\n", "X\n: y", "(: x", "X:y", "X:    y    ", "Content-Length", "Transfer-Encoding: gzip", "Transfer-Encoding: chunked, chunked", "Transfer-Encoding:",
    ];

    private static readonly string[] Lengths = ["0", "1", "-1", "+5", "5, 5", "5 5", "0x5", "5.0", "", "abc", "00000000000000000005", "99999999", "9223372036854775807", "99999999999999999999", "5\r\nContent-Length: 6", "5\r\nContent-Length: 5"];

    private static readonly string[] Codings = ["chunked", "Chunked", "chunked, chunked", "gzip, chunked", "chunked, gzip", "identity", "xchunked", " chunked", "chunked;q=1", "\"chunked\"", "chunked\r\nTransfer-Encoding: chunked", "chunked\r\nContent-Length: 5", ""];

    private static readonly string[] Sizes =
        ["5", "05", "5 ", " 5", "5;a=b", "5;", "5;a=\"\r\"", "FFFFFFFFFFFFFFFFF", "FFFFFFFFFFFFFFFF", "7FFFFFFFFFFFFFFF", "FFFFFFFF", "80000000", "7FFFFFFF", "10000000000000005", "-1", "-5", "0x5", "5h", "", ";", "\n5", "5;" + new string('e', 20_000), new string('0', 9000) + "5"];

    private static readonly string[] Bodies = ["hello", "{\"login\":\"a\",\"password\":\"b\"}", "login=a&password=b&_antiforgery=x", "%%%=%00&a&&=", "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\0\"\r\n\r\nGIF89a\r\n--x--\r\n", "\0\u0001\u0002", ""];

    public byte[] Make(int number)
    {
        var random = new Random(unchecked((seed * 1_000_003) + number));
        var path = One(Paths).Replace("{token}", random.Next(2) == 0 ? world.OpenLink : world.PasswordLink, StringComparison.Ordinal)
            .Replace("{gone}", Guid.NewGuid().ToString(), StringComparison.Ordinal);
        var isPost = random.Next(3) == 0;
        var method = random.Next(10) == 0 ? One(Methods) : isPost ? "POST" : "GET";
        var target = random.Next(4) == 0 ? One(Targets).Replace("{path}", path, StringComparison.Ordinal).Replace("{long}", new string('l', random.Next(2) == 0 ? 4000 : 9000), StringComparison.Ordinal) : path;
        var version = random.Next(12) == 0 ? One(["HTTP/1.0", "HTTP/1.0", "HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "http/1.1", "HTTP/1.1 ", "HTTP/1.10", "HTTP/", ""]) : "HTTP/1.1";
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{method} {target} {version}{Ending()}");
        if (random.Next(20) != 0)
            text.Append("Host: ").Append(random.Next(4) == 0 ? One(Hosts) : "localhost").Append(Ending());
        if (random.Next(2) == 0)
            text.Append("Accept: text/html").Append(random.Next(4) == 0 ? "; blazor-enhanced-nav=on" : "").Append(Ending());
        for (var odd = random.Next(5); odd > 0; odd--)
        {
            var name = One(Names);
            for (var times = random.Next(4) == 0 ? 2 : 1; times > 0; times--)
                text.Append(name).Append(": ").Append(One(Values)).Append(Ending());
        }

        if (random.Next(8) == 0)
            text.Append(One(Lines)).Append(Ending());
        if (random.Next(60) == 0)
            text.Insert(text.Length, string.Concat(Enumerable.Range(0, 150).Select(static n => $"X-{n}: y\r\n")));
        if (isPost)
            AddBody(text);
        else
            text.Append("Connection: close\r\n\r\n");
        // A byte is a byte: what is above Latin-1 goes out as UTF-8.
        var all = text.ToString();
        return all.All(static c => c < 256) && random.Next(2) == 0 ? Encoding.Latin1.GetBytes(all) : Encoding.UTF8.GetBytes(all);

        string One(string[] of) => of[random.Next(of.Length)];

        string Ending() => random.Next(60) == 0 ? One(["\n", "\r", "\r\r\n", "\n\r"]) : "\r\n";

        void AddBody(StringBuilder request)
        {
            if (random.Next(3) != 0)
                request.Append("Content-Type: ").Append(One(["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])).Append("\r\n");
            if (random.Next(3) == 0)
                request.Append("Connection: close\r\n");
            var body = One(Bodies);
            if (random.Next(2) == 0)
            {
                var length = random.Next(2) == 0 ? One(Lengths) : Encoding.UTF8.GetByteCount(body).ToString(CultureInfo.InvariantCulture);
                request.Append("Content-Length: ").Append(length).Append("\r\n\r\n").Append(body);
                return;
            }

            request.Append("Transfer-Encoding: ").Append(random.Next(3) == 0 ? One(Codings) : "chunked").Append("\r\n\r\n");
            for (var chunks = random.Next(4); chunks > 0; chunks--)
                request.Append(random.Next(3) == 0 ? One(Sizes) : "5").Append(Ending()).Append(random.Next(8) == 0 ? body : "hello").Append(Ending());
            if (random.Next(8) != 0)
                request.Append('0').Append(Ending()).Append(random.Next(6) == 0 ? One(["X: y\r\n", "X\r\n", "Content-Length: 5\r\n", ": \r\n", new string('t', 40_000) + "\r\n"]) : "").Append(Ending());
        }
    }
}
