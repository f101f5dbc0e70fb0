using System.Net;

namespace GifShare.Grains.Media.Fetch;

/// <summary>Settings under <c>Fetch</c>: what a download of an address that a user gave may reach and cost.</summary>
public sealed class FetchOptions
{
    /// <summary>
    /// Networks (a.b.c.d/n or IPv6) into which fetches may go although they are not public, there also by http and to any port: for an intranet whose
    /// pictures everybody may see, and for tests. As a list, or in one text separated by semicolons or commas. Empty by default: whoever has an account
    /// could else read what only this machine reaches.
    /// </summary>
    public IReadOnlyList<string> AllowNetworks { get; set; } = [];

    /// <summary>Largest file in bytes, decompressed. 100 MB hold the longest clips of the sites that people take GIFs from.</summary>
    public long MaxBytes { get; set; } = 100L * 1024 * 1024;

    /// <summary>The whole of a fetch: waiting for its turn, redirects, the page and the file on it. 100 MB need 7 Mbit/s in that time.</summary>
    public int TimeoutSeconds { get; set; } = 120;

    /// <summary>Until one network address is connected, TLS included; then the host's next address is tried.</summary>
    public int ConnectSeconds { get; set; } = 10;

    /// <summary>From the connection to the headers of the answer; some sites make the file only then.</summary>
    public int AnswerSeconds { get; set; } = 30;

    /// <summary>Slower bodies are given up, judged over each 10 seconds of waiting for them: a trickle would else hold a turn until the timeout.</summary>
    public int MinimumBytesPerSecond { get; set; } = 1024;

    /// <summary>Downloads of one silo at a time; further ones wait. Each holds a connection and a file that is being written.</summary>
    public int Concurrent { get; set; } = 16;

    /// <summary>Downloads from one network address (IPv4, IPv6 /64) at a time and of one silo, whatever names lead there, so that nobody turns this installation against a site.</summary>
    public int ConcurrentPerAddress { get; set; } = 4;

    /// <summary>Before the one repetition after a lost connection or an answer 5xx.</summary>
    public int RetryMilliseconds { get; set; } = 500;

    internal string? Problem() => this switch
    {
        { MaxBytes: < 1 } => "Fetch:MaxBytes is a number of bytes, at least 1.",
        { TimeoutSeconds: < 1 or > 3600 } => "Fetch:TimeoutSeconds must be 1 to 3600.",
        { ConnectSeconds: < 1 or > 3600 } => "Fetch:ConnectSeconds must be 1 to 3600.",
        { AnswerSeconds: < 1 or > 3600 } => "Fetch:AnswerSeconds must be 1 to 3600.",
        { MinimumBytesPerSecond: < 0 or > 1 << 24 } => "Fetch:MinimumBytesPerSecond must be 0 to 16777216.",
        { Concurrent: < 1 } or { ConcurrentPerAddress: < 1 } => "Fetch:Concurrent and Fetch:ConcurrentPerAddress are at least 1.",
        { RetryMilliseconds: < 0 or > 60_000 } => "Fetch:RetryMilliseconds must be 0 to 60000.",
        _ => AllowNetworks.FirstOrDefault(text => !IPNetwork.TryParse(text, out _)) is { } bad
            ? $"Fetch:AllowNetworks: {bad} is not a network such as 10.0.0.0/8 or fd00::/8."
            : null,
    };
}
