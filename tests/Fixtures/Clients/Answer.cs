using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace GifShare.Fixtures.Clients;

/// <summary>One answer of the product, whole.</summary>
/// <param name="Request">Method and path, for messages.</param>
/// <param name="Took">From the first byte sent to the last one read.</param>
public sealed record Answer(string Request, HttpStatusCode Status, byte[] Bytes, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders, TimeSpan Took)
{
    /// <summary>The status as its number.</summary>
    public int StatusCode => (int)Status;

    public bool IsSuccess => StatusCode is >= 200 and < 300;

    public string Text => Encoding.UTF8.GetString(Bytes);

    /// <exception cref="InvalidOperationException">The body is not a JSON object.</exception>
    public JsonNode Json => field ??= IsJson ? JsonNode.Parse(Bytes)! : throw new InvalidOperationException($"{Request}: {StatusCode} without JSON: {Text}");

    /// <summary>The stable code of a problem (api.md, section Errors); null when the answer is none.</summary>
    public string? Code => IsJson ? (string?)Json["code"] : null;

    /// <summary>The fields that a problem finds fault with.</summary>
    public string[] ErrorFields => IsJson && Json["errors"] is { } errors ? [.. errors.AsObject().Select(static pair => pair.Key)] : [];

    public string? ContentType => ContentHeaders.ContentType?.MediaType;

    public string? ETag => Headers.ETag?.ToString();

    /// <summary>The stored answer to an earlier request with the same Idempotency-Key.</summary>
    public bool IsReplay => Headers.Contains("Idempotency-Replayed");

    private bool IsJson => Bytes is [(byte)'{', ..];

    /// <summary>A member of the JSON object.</summary>
    public JsonNode? this[string member] => Json[member];

    public string? Header(string name) =>
        Headers.TryGetValues(name, out var values) || ContentHeaders.TryGetValues(name, out values) ? string.Join(",", values) : null;

    /// <summary>Fails the test when the status is another.</summary>
    public Answer Is(HttpStatusCode status)
    {
        Assert.True(Status == status, $"{Request}: {StatusCode} instead of {(int)status}: {Text}");
        return this;
    }

    /// <summary>Fails the test when this is no success.</summary>
    public Answer IsDone()
    {
        Assert.True(IsSuccess, $"{Request}: {StatusCode} {Text}");
        return this;
    }

    /// <summary>Fails the test when this is not a problem in api.md's form with this status and code.</summary>
    public Answer IsProblem(HttpStatusCode status, string code)
    {
        Assert.True(Status == status && Code == code, $"{Request}: expected {(int)status} {code}, got {StatusCode} {Text}");
        return IsProblem();
    }

    /// <summary>Fails the test when this is not a problem in api.md's form.</summary>
    public Answer IsProblem()
    {
        Assert.Equal("application/problem+json", ContentType);
        Assert.Equal(StatusCode, (int)Json["status"]!);
        foreach (var member in (string[])["type", "title", "code"])
            Assert.False(string.IsNullOrEmpty((string?)Json[member]), $"{member} is missing: {Text}");
        return this;
    }
}
