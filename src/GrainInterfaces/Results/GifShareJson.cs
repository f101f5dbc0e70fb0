using System.Text.Json;
using System.Text.Json.Serialization;
using GifShare.Accounts;
using GifShare.Collections;
using GifShare.Gifs;
using GifShare.Media;

namespace GifShare;

/// <summary>
/// The source-generated JSON serializers of all requests, answers and stored answers (api.md). Requests are strict: an
/// unknown, duplicate or missing member, a null where none is allowed, or a depth over 16 throws a <see cref="JsonException"/>.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    MaxDepth = 16,
    UseStringEnumConverter = true,
    Converters = [typeof(UtcMillisecondsConverter)])]
[JsonSerializable(typeof(RegisterUser))]
[JsonSerializable(typeof(ProfilePatch))]
[JsonSerializable(typeof(Credentials))]
[JsonSerializable(typeof(RefreshRequest))]
[JsonSerializable(typeof(PasswordChange))]
[JsonSerializable(typeof(PasswordConfirmation))]
[JsonSerializable(typeof(Result<SignedIn>))]
[JsonSerializable(typeof(PageOf<Session>))]
[JsonSerializable(typeof(UserProfile))]
[JsonSerializable(typeof(NewMedia))]
[JsonSerializable(typeof(Manifest))]
[JsonSerializable(typeof(ReadMedia))]
[JsonSerializable(typeof(Media.Media))]
[JsonSerializable(typeof(Result<CreatedOrExisting<MediaUpload>>))]
[JsonSerializable(typeof(NewGif))]
[JsonSerializable(typeof(NewLinkedGif))]
[JsonSerializable(typeof(GifPatch))]
[JsonSerializable(typeof(Result<CreatedOrExisting<Gif>>))]
[JsonSerializable(typeof(Result<Gif>))]
[JsonSerializable(typeof(HiddenGif))]
[JsonSerializable(typeof(PageOf<KeptGif>))]
[JsonSerializable(typeof(FavoriteIds))]
[JsonSerializable(typeof(NewCollection))]
[JsonSerializable(typeof(CollectionPatch))]
[JsonSerializable(typeof(ItemPatch))]
[JsonSerializable(typeof(ItemsBatch))]
[JsonSerializable(typeof(NewLink))]
[JsonSerializable(typeof(LinkPatch))]
[JsonSerializable(typeof(CopyRequest))]
[JsonSerializable(typeof(Result<Versioned<Collection>>))]
[JsonSerializable(typeof(Result<Versioned<CollectionItem>>))]
[JsonSerializable(typeof(Result<CreatedOrExisting<Versioned<CollectionItem>>>))]
[JsonSerializable(typeof(Result<Copied>))]
[JsonSerializable(typeof(Result<ShareLink>))]
[JsonSerializable(typeof(Collection))]
[JsonSerializable(typeof(CollectionItem))]
[JsonSerializable(typeof(PageOf<Collection>))]
[JsonSerializable(typeof(PageOf<CollectionItem>))]
[JsonSerializable(typeof(PageOf<ShareLink>))]
[JsonSerializable(typeof(PageOf<TrashedCollection>))]
[JsonSerializable(typeof(PageOf<TrashedItem>))]
[JsonSerializable(typeof(PageOf<TrashedGif>))]
[JsonSerializable(typeof(LinkUnlocked))]
[JsonSerializable(typeof(LikeState))]
[JsonSerializable(typeof(Result))]
[JsonSerializable(typeof(bool?))]
[JsonSerializable(typeof(int?))]
[JsonSerializable(typeof(long?))]
[JsonSerializable(typeof(GifId?))]
[JsonSerializable(typeof(DateTimeOffset?))]
[JsonSerializable(typeof(System.Collections.Immutable.ImmutableArray<string>?))]
public sealed partial class GifShareJson : JsonSerializerContext;

/// <summary>
/// RFC 3339 in UTC with exactly three decimals: <c>2026-11-20T12:00:00.000Z</c>. Reading accepts any offset but requires one: without it the
/// meaning of a time would depend on the server's time zone.
/// </summary>
public sealed class UtcMillisecondsConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && HasOffset(reader.GetString()!) && reader.TryGetDateTimeOffset(out var value)
            ? value.ToUniversalTime()
            : throw new JsonException("A time in RFC 3339, with its offset, is expected.");

    private static bool HasOffset(string text) => text is [.., 'Z'] or [.., '+' or '-', _, _, ':', _, _];

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        Span<byte> text = stackalloc byte[24];
        value.UtcDateTime.TryFormat(text, out var length, "yyyy-MM-ddTHH:mm:ss.fffZ");
        writer.WriteStringValue(text[..length]);
    }
}

/// <summary>A <c>gif</c>, or <c>{id, hidden: true}</c>.</summary>
public sealed class KeptGifConverter : JsonConverter<KeptGif>
{
    public override KeptGif Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        // Reads only JSON that Write produced: the member after the id distinguishes the two forms.
        var ahead = reader;
        for (var i = 0; i < 3; i++)
            ahead.Read();
        return ahead.TokenType == JsonTokenType.PropertyName && ahead.ValueTextEquals("hidden"u8)
            ? new(JsonSerializer.Deserialize(ref reader, GifShareJson.Default.HiddenGif)!.Id, null)
            : (KeptGif)JsonSerializer.Deserialize(ref reader, GifShareJson.Default.Gif)!;
    }

    public override void Write(Utf8JsonWriter writer, KeptGif value, JsonSerializerOptions options)
    {
        if (value.Shown is { } gif)
            JsonSerializer.Serialize(writer, gif, GifShareJson.Default.Gif);
        else
            JsonSerializer.Serialize(writer, new HiddenGif(value.Id, Hidden: true), GifShareJson.Default.HiddenGif);
    }
}
