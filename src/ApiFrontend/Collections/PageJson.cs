using System.Collections.Immutable;
using System.Text.Json.Serialization;
using GifShare.Collections;

namespace GifShare.ApiFrontend.Collections;

/// <summary>The body of <c>GET /v1/shared/{token}</c>, deserialized for the page of the same link (reason: <c>ResultMapping.Read</c>).</summary>
public sealed record SharedContent(Collection Collection, ImmutableArray<CollectionItem> Items, string? Next);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(UtcMillisecondsConverter)])]
[JsonSerializable(typeof(SharedContent))]
[JsonSerializable(typeof(SelectionAnswer))]
[JsonSerializable(typeof(AddedAnswer))]
[JsonSerializable(typeof(UndoneAnswer))]
internal sealed partial class PageJson : JsonSerializerContext;
