using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace GifShare.Faults.Tests.Fuzz;

/// <summary>Holds answers to what is promised, and remembers the first of each kind that broke it.</summary>
internal sealed class Judge(Secrets secrets)
{
    private const int Shown = 900;

    /// <summary>The codes of api.md.</summary>
    private static readonly HashSet<string> Codes =
    [
        "invalid_request", "unauthenticated", "invalid_credentials", "forbidden", "not_found", "conflict", "version_mismatch", "too_large", "unsupported_media", "rate_limited",
        "unavailable", "username_taken", "email_taken", "registration_closed", "collection_private", "collection_full", "link_password_required", "link_password_wrong",
        "copies_off", "quota_exceeded", "method_not_allowed", "request_timeout",
    ];

    private readonly ConcurrentDictionary<string, string> broken = new();
    private readonly ConcurrentDictionary<int, int> statuses = new();
    private readonly ConcurrentDictionary<string, HashSet<int>> met = new();
    private long own, twins, lost;

    public IReadOnlyDictionary<string, string> Broken => broken;

    public long Own => Interlocked.Read(ref own);

    public long Twins => Interlocked.Read(ref twins);

    public long Lost => Interlocked.Read(ref lost);

    public int Unavailable => statuses.GetValueOrDefault(503);

    public string Statuses => string.Join(", ", statuses.OrderBy(s => s.Key).Select(s => $"{s.Key}: {s.Value.ToString("N0", CultureInfo.InvariantCulture)}"));

    /// <summary>How many operations gave each class of answer at least once.</summary>
    public int OperationsThatSucceeded => met.Count(o => o.Value.Any(static s => s is >= 200 and < 300));

    public void Look(Probe probe, byte[] bytes, Reply reply)
    {
        statuses.AddOrUpdate(reply.Status, 1, static (_, count) => count + 1);
        if (reply.Status == 0)
        {
            // A body that nobody reads is cut off, and the reset may overtake the answer.
            Interlocked.Increment(ref lost);
            if (bytes.Length < 64_000 && !probe.IsMalformed)
                Report(probe, bytes, reply, "no answer");
            return;
        }

        if (probe.Operation is { } operation)
        {
            var met = this.met.GetOrAdd(operation.ToString(), static _ => []);
            lock (met)
                met.Add(reply.Status);
        }

        long own = 0;
        if (secrets.Disclosed(probe.Caller?.Name, bytes, reply, ref own) is { } disclosed)
            Report(probe, bytes, reply, "it tells " + disclosed[..disclosed.IndexOf('(', StringComparison.Ordinal)]);
        if (own > 0)
            Interlocked.Increment(ref this.own);
        if (reply.Status >= 500 && !(reply.Status == 503 && reply["Retry-After"] is not null))
            Report(probe, bytes, reply, $"{reply.Status}");
        if (probe.Operation is not null)
            LookAtCall(probe, bytes, reply);
    }

    /// <summary>Two requests that differ only in an id, of somebody's hidden thing and of nothing.</summary>
    public void Compare(Probe probe, byte[] bytes, Reply hidden, Reply nothing)
    {
        Interlocked.Increment(ref twins);
        if (!AreAlike(hidden, nothing))
            Report(probe, bytes, hidden, $"another's answers differently from nothing ({hidden.Status} {CodeOf(hidden)}, {nothing.Status} {CodeOf(nothing)})");
    }

    public static bool AreAlike(Reply one, Reply other) =>
        one.Status == other.Status && (one.Status < 400 || one.Body.AsSpan().SequenceEqual(other.Body)) && Names(one).SetEquals(Names(other));

    public void Report(Probe probe, byte[] bytes, Reply reply, string what)
    {
        var where = probe.Operation?.ToString() ?? "page " + probe.Request.Method;
        broken.TryAdd($"{where}: {what}", $"""
            {where}: {what}
            > {Cut(Encoding.UTF8.GetString(bytes))}
            < {Cut(reply.Head + "\n" + reply.Text)}
            """);
    }

    private void LookAtCall(Probe probe, byte[] bytes, Reply reply)
    {
        var status = reply.Status;
        // What the server's own reader refuses comes before us and without a body.
        if ((probe.IsMalformed || probe.IsElsewhere) && status is 400 or 405 or 408 or 411 or 414 or 431 && reply.Body.Length == 0)
            return;
        if (probe.Pass == Pass.Refused && status is not (401 or 503) && !probe.IsMalformed)
            Report(probe, bytes, reply, $"credentials that do not hold are answered {status}");
        if (probe is { Pass: Pass.None, Operation.NeedsSignIn: true, IsElsewhere: false } && status != 401)
            Report(probe, bytes, reply, $"without credentials {status}");
        if (probe.MustBeRefused && status < 400 && !probe.IsElsewhere)
            Report(probe, bytes, reply, $"a broken body is accepted ({status})");
        if (!probe.IsElsewhere && !probe.IsMalformed && !probe.Operation!.Statuses.Contains(status))
            Report(probe, bytes, reply, $"{status} is not declared");
        if (status < 400 || probe.Request.Method == "HEAD")
            return;
        if (reply["Content-Type"]?.StartsWith("application/problem+json", StringComparison.Ordinal) != true)
            Report(probe, bytes, reply, $"{status} without a problem");
        else if (CodeOf(reply) is var code && !Codes.Contains(code))
            Report(probe, bytes, reply, $"code {code}");
        else if (status == 401 && code == "unauthenticated" && reply["WWW-Authenticate"] != "Bearer")
            Report(probe, bytes, reply, "401 without WWW-Authenticate");
    }

    private static string CodeOf(Reply reply)
    {
        try
        {
            return JsonNode.Parse(reply.Body) is JsonObject problem && (int?)problem["status"] == reply.Status && problem["title"] is not null && problem["type"] is not null
                ? (string?)problem["code"] ?? "none" : "none";
        }
        catch (JsonException)
        {
            return "unreadable";
        }
    }

    private static HashSet<string> Names(Reply reply) =>
        [.. reply.Head.Split("\r\n").Skip(1).Select(line => line.Split(':')[0]).Where(static n => n is not ("Content-Length" or "Transfer-Encoding"))];

    private static string Cut(string text) => text.Length > Shown ? text[..Shown] + $"… ({text.Length})" : text;
}
