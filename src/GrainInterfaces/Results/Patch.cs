using System.Text.Json;
using System.Text.Json.Serialization;

namespace GifShare;

/// <summary>
/// A member of a JSON merge patch (RFC 7396): an absent member is kept (<see cref="IsSet"/> is false), null clears it, a value replaces it.
/// </summary>
[GenerateSerializer, Immutable, Alias("Patch`1"), JsonConverter(typeof(PatchConverterFactory))]
public readonly record struct Patch<T>([property: Id(0)] bool IsSet, [property: Id(1)] T? Value)
{
    public T? Or(T? current) => IsSet ? Value : current;
    public static implicit operator Patch<T>(T? value) => new(true, value);
}

public sealed class PatchConverterFactory : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) =>
        typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(Patch<>);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(PatchConverter<>).MakeGenericType(typeToConvert.GetGenericArguments()))!;

    private sealed class PatchConverter<T> : JsonConverter<Patch<T>>
    {
        public override bool HandleNull => true;

        public override Patch<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            // Calls the inner converter rather than the serializer, so that errors inside it include the member's path.
            reader.TokenType == JsonTokenType.Null
                ? new(true, default)
                : new(true, ((JsonConverter<T>)options.GetConverter(typeof(T))).Read(ref reader, typeof(T), options));

        public override void Write(Utf8JsonWriter writer, Patch<T> value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, value.Value, options);
    }
}
