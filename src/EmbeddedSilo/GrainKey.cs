using System.Globalization;

namespace GifShare.EmbeddedSilo;

/// <summary>A key of any kind: a Guid, or text. Integers are text too; they are rare and their text is short.</summary>
readonly record struct GrainKey(Guid Guid, string? Text)
{
    public GrainKey(Guid key) : this(key, null) { }

    public GrainKey(string key) : this(default, key) { }

    public GrainKey(long key) : this(default, key.ToString("X", CultureInfo.InvariantCulture)) { }

    public Guid AsGuid() => Text is null ? Guid : throw new InvalidOperationException($"The key {Text} is not a Guid.");

    public long AsLong() => long.TryParse(Text, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var key)
        ? key : throw new InvalidOperationException($"The key {this} is not an integer.");

    public string AsString() => Text ?? throw new InvalidOperationException($"The key {Guid:N} is not a string.");

    public override string ToString() => Text ?? Guid.ToString("N");
}
