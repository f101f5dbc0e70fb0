namespace GifShare.ObjectStore;

/// <summary>The names in the bucket: <c>objects/{first two digits}/{sha}.{ext}</c>, <c>staging/{token}</c> and <c>backups/{name}</c>, behind an optional prefix.</summary>
sealed class S3Keys(S3Options options)
{
    readonly string prefix = options.Prefix.Trim('/') is { Length: > 0 } given ? given + "/" : "";

    public string Objects => prefix + "objects/";

    public string Staging => prefix + "staging/";

    public string Backups => prefix + "backups/";

    public string Of(ObjectKey key) => key.Sha256 is null
        ? throw new ArgumentException("An empty key.", nameof(key))
        : $"{Objects}{key.Sha256.AsSpan(0, 2)}/{key}";

    /// <exception cref="ArgumentException">It is no token, so it could name anything.</exception>
    public string OfStaged(string token) => token.Length == 32 && ObjectKey.IsLowerHex(token)
        ? Staging + token
        : throw new ArgumentException("Not a token of this store.", nameof(token));

    /// <summary>False for what somebody else has put there.</summary>
    public bool TryParse(string name, out ObjectKey key) =>
        ObjectKey.TryParse(name.Length > Objects.Length + 3 ? name[(Objects.Length + 3)..] : null, out key) && name == Of(key);
}
