using System.Globalization;
using System.Text;

namespace GifShare.Faults.Tests;

/// <summary>Builds the bytes of a request, right or wrong.</summary>
public sealed class Request(string method, string target)
{
    private readonly List<(string Name, string Value)> headers = [("Host", "localhost")];

    public string Method => method;

    public string Target => target;

    public byte[]? Body { get; private set; }

    /// <summary>In chunks of odd sizes instead of a length.</summary>
    public bool IsChunked { get; set; }

    /// <summary>A length that is not the body's.</summary>
    public long? DeclaredLength { get; set; }

    public static Request Json(string method, string target, string? token, string? json = null)
    {
        var request = new Request(method, target);
        if (token is not null)
            request.With("Authorization", "Bearer " + token);
        return json is null ? request : request.With("Content-Type", "application/json").WithBody(Encoding.UTF8.GetBytes(json));
    }

    /// <summary>A form with texts and a file.</summary>
    public static Request Upload(string target, string? token, byte[] file, params (string Name, string Text)[] fields)
    {
        const string boundary = "----here0it0ends";
        var body = new MemoryStream();
        foreach (var (name, text) in fields)
            body.Write(Encoding.UTF8.GetBytes($"--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n"));
        body.Write(Encoding.UTF8.GetBytes($"--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.gif\"\r\nContent-Type: image/gif\r\n\r\n"));
        body.Write(file);
        body.Write(Encoding.UTF8.GetBytes($"\r\n--{boundary}--\r\n"));
        return Json("POST", target, token).With("Content-Type", "multipart/form-data; boundary=" + boundary).WithBody(body.ToArray());
    }

    public Request With(string name, string value)
    {
        if (name == "Host")
            headers.RemoveAll(static h => h.Name == "Host");
        headers.Add((name, value));
        return this;
    }

    public Request WithBody(byte[] body)
    {
        Body = body;
        return this;
    }

    public byte[] ToBytes()
    {
        var head = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{method} {target} HTTP/1.1\r\n");
        foreach (var (name, value) in headers)
            head.Append(name).Append(": ").Append(value).Append("\r\n");
        if (IsChunked)
            head.Append("Transfer-Encoding: chunked\r\n");
        else if (Body is not null || DeclaredLength is not null || method is "POST" or "PUT" or "PATCH")
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {DeclaredLength ?? Body?.Length ?? 0}\r\n");
        // Not Latin-1 on purpose: what is not ASCII in a header goes out as UTF-8.
        var bytes = new MemoryStream();
        bytes.Write(Encoding.UTF8.GetBytes(head.Append("\r\n").ToString()));
        if (IsChunked)
            WriteChunks(bytes);
        else
            bytes.Write(Body ?? []);
        return bytes.ToArray();
    }

    private void WriteChunks(MemoryStream bytes)
    {
        var body = Body ?? [];
        var at = 0;
        for (var size = 1; at < body.Length; size = (size * 3) + 1)
        {
            var some = Math.Min(size, body.Length - at);
            bytes.Write(Encoding.ASCII.GetBytes(some.ToString("x", CultureInfo.InvariantCulture) + "\r\n"));
            bytes.Write(body, at, some);
            bytes.Write("\r\n"u8);
            at += some;
        }

        bytes.Write("0\r\n\r\n"u8);
    }
}
