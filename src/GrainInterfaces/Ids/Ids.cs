using System.Text.Json;
using System.Text.Json.Serialization;

namespace GifShare;

/// <summary>An entity's identity: a UUIDv7, so that ids sort by creation time. Each entity has its own type.</summary>
public interface IEntityId<TSelf> where TSelf : struct, IEntityId<TSelf>
{
    Guid Value { get; }
    static abstract TSelf From(Guid value);
}

[GenerateSerializer, Immutable, Alias("UserId"), JsonConverter(typeof(EntityIdConverter<UserId>))]
public readonly record struct UserId([property: Id(0)] Guid Value) : IEntityId<UserId>
{
    public static UserId From(Guid value) => new(value);
    public static UserId New() => new(Guid.CreateVersion7());
    public static bool TryParse(string? text, out UserId id) => EntityId.FromPath(text, out id);
    public override string ToString() => Value.ToString();
}

[GenerateSerializer, Immutable, Alias("SessionId"), JsonConverter(typeof(EntityIdConverter<SessionId>))]
public readonly record struct SessionId([property: Id(0)] Guid Value) : IEntityId<SessionId>
{
    public static SessionId From(Guid value) => new(value);
    public static SessionId New() => new(Guid.CreateVersion7());
    public static bool TryParse(string? text, out SessionId id) => EntityId.FromPath(text, out id);
    public override string ToString() => Value.ToString();
}

[GenerateSerializer, Immutable, Alias("GifId"), JsonConverter(typeof(EntityIdConverter<GifId>))]
public readonly record struct GifId([property: Id(0)] Guid Value) : IEntityId<GifId>
{
    public static GifId From(Guid value) => new(value);
    public static GifId New() => new(Guid.CreateVersion7());
    public static bool TryParse(string? text, out GifId id) => EntityId.FromPath(text, out id);
    public override string ToString() => Value.ToString();
}

[GenerateSerializer, Immutable, Alias("MediaId"), JsonConverter(typeof(EntityIdConverter<MediaId>))]
public readonly record struct MediaId([property: Id(0)] Guid Value) : IEntityId<MediaId>
{
    public static MediaId From(Guid value) => new(value);
    public static MediaId New() => new(Guid.CreateVersion7());
    public static bool TryParse(string? text, out MediaId id) => EntityId.FromPath(text, out id);
    public override string ToString() => Value.ToString();
}

[GenerateSerializer, Immutable, Alias("CollectionId"), JsonConverter(typeof(EntityIdConverter<CollectionId>))]
public readonly record struct CollectionId([property: Id(0)] Guid Value) : IEntityId<CollectionId>
{
    public static CollectionId From(Guid value) => new(value);
    public static CollectionId New() => new(Guid.CreateVersion7());
    public static bool TryParse(string? text, out CollectionId id) => EntityId.FromPath(text, out id);
    public override string ToString() => Value.ToString();
}

[GenerateSerializer, Immutable, Alias("LinkId"), JsonConverter(typeof(EntityIdConverter<LinkId>))]
public readonly record struct LinkId([property: Id(0)] Guid Value) : IEntityId<LinkId>
{
    public static LinkId From(Guid value) => new(value);
    public static LinkId New() => new(Guid.CreateVersion7());
    public static bool TryParse(string? text, out LinkId id) => EntityId.FromPath(text, out id);
    public override string ToString() => Value.ToString();
}

public static class EntityId
{
    /// <summary>
    /// Parses an id in a path. A malformed one becomes the empty id, which no entity has, so that authentication fails first (401) and otherwise the
    /// look-up answers 404 (api.md, Who). Therefore always returns <c>true</c>.
    /// </summary>
    public static bool FromPath<TId>(string? text, out TId id) where TId : struct, IEntityId<TId>
    {
        id = Guid.TryParseExact(text, "D", out var value) ? TId.From(value) : default;
        return true;
    }
}

/// <summary>Writes an id as UUID text; a malformed id in a body throws a <see cref="JsonException"/> (400).</summary>
public sealed class EntityIdConverter<TId> : JsonConverter<TId> where TId : struct, IEntityId<TId>
{
    public override TId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && reader.TryGetGuid(out var value)
            ? TId.From(value)
            : throw new JsonException("A UUID is expected.");

    public override void Write(Utf8JsonWriter writer, TId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}
