using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;

namespace GifShare.Faults.Tests.Fuzz;

/// <summary>
/// What belongs to somebody and must be told to nobody else. Texts are cut at everything that is no letter, digit, '-' or '_', and the pieces
/// looked up: tokens, ids and the marker words that the world's private texts are made of.
/// </summary>
internal sealed class Secrets
{
    /// <summary>How every stored password begins: version 3 of ASP.NET's format, HMAC-SHA512, 100,000 rounds.</summary>
    private const string PasswordHash = "AQAAAAIAAYag";

    private readonly ConcurrentDictionary<string, (string Owner, string What, string? Opener)> known = new(StringComparer.OrdinalIgnoreCase);

    public int Count => known.Count;

    public const string RefreshToken = "refresh token";

    /// <summary>A word that no answer to anybody but its owner may hold.</summary>
    /// <param name="owner">Whose it is.</param>
    /// <param name="what">Said when it is found.</param>
    /// <param name="opener">A share link's token: a request that has it may see it.</param>
    public string Word(string owner, string what, string? opener = null)
    {
        var word = "canary" + Guid.NewGuid().ToString("N");
        known[word] = (owner, what, opener);
        return word;
    }

    /// <summary>The same for something that the product made.</summary>
    public void Add(string owner, string what, string text)
    {
        foreach (var piece in Pieces(text))
            if (piece.Length >= 20)
                known[piece.ToString()] = (owner, what, null);
    }

    /// <summary>What an answer tells of others: null when nothing.</summary>
    /// <param name="caller">Who asked; null for nobody.</param>
    /// <param name="request">What is in the request, the caller knew.</param>
    /// <param name="reply">Its headers and body; archives are opened.</param>
    /// <param name="own">Counts what the caller was rightly told.</param>
    public string? Disclosed(string? caller, byte[] request, Reply reply, ref long own)
    {
        string? found = null;
        var lookup = known.GetAlternateLookup<ReadOnlySpan<char>>();
        string? asked = null;
        foreach (var text in Texts(reply))
        {
            if (text.Contains(PasswordHash, StringComparison.Ordinal))
                return "the hash of a password";
            foreach (var piece in Pieces(text))
            {
                if (piece.Length < 20 || !lookup.TryGetValue(piece, out var secret))
                    continue;
                if (secret.Owner == caller)
                {
                    own++;
                    continue;
                }

                asked ??= Encoding.Latin1.GetString(request);
                if (Brings(asked, secret.Owner))
                {
                    own++;
                    continue;
                }

                if (!asked.Contains(piece.ToString(), StringComparison.OrdinalIgnoreCase)
                    && (secret.Opener is not { } opener || !asked.Contains(opener, StringComparison.Ordinal)))
                    found = $"{secret.Owner}'s {secret.What} ({piece})";
            }
        }

        return found;
    }

    /// <summary>Whoever brings somebody's refresh token is that person, and may be told the same successor twice.</summary>
    private bool Brings(string request, string owner)
    {
        foreach (var piece in Pieces(request))
            if (known.TryGetValue(piece.ToString(), out var brought) && brought.What == RefreshToken && brought.Owner == owner)
                return true;
        return false;
    }

    private static IEnumerable<string> Texts(Reply reply)
    {
        yield return reply.Head;
        yield return Encoding.Latin1.GetString(reply.Body);
        if (!reply.Body.AsSpan().StartsWith("PK"u8))
            yield break;
        using var archive = new ZipArchive(new MemoryStream(reply.Body));
        foreach (var entry in archive.Entries)
        {
            using var reader = new StreamReader(entry.Open(), Encoding.Latin1);
            yield return entry.FullName;
            yield return reader.ReadToEnd();
        }
    }

    private static PieceEnumerator Pieces(string text) => new(text);

    /// <summary>Runs of the characters that ids and base64url are made of.</summary>
    private ref struct PieceEnumerator(ReadOnlySpan<char> rest)
    {
        private ReadOnlySpan<char> rest = rest;

        public ReadOnlySpan<char> Current { get; private set; }

        public readonly PieceEnumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            var start = rest.IndexOfAny(Word);
            if (start < 0)
                return false;
            rest = rest[start..];
            var length = rest.IndexOfAnyExcept(Word);
            length = length < 0 ? rest.Length : length;
            Current = rest[..length];
            rest = rest[length..];
            return true;
        }

        private static readonly System.Buffers.SearchValues<char> Word =
            System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
    }
}
