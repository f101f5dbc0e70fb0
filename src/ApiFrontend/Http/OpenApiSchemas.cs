using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace GifShare.ApiFrontend.Http;

/// <summary>Schemas of types with custom JSON converters, which the generator cannot inspect.</summary>
internal static class OpenApiSchemas
{
    public static bool IsInline(Type type) => IsId(type) || IsPatch(type) || type == typeof(DateTimeOffset);

    public static async Task Transform(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
        var isNullable = type != context.JsonTypeInfo.Type;
        if (IsId(type))
            Become(schema, JsonSchemaType.String, "uuid", isNullable);
        else if (type == typeof(DateTimeOffset))
            Become(schema, JsonSchemaType.String, "date-time", isNullable);
        else if (IdIn(type) is not null && schema.Items is null)
            schema.Items = new OpenApiSchema { Type = JsonSchemaType.String, Format = "uuid" };
        else if (IsPatch(type))
            await BecomePatched(schema, type.GetGenericArguments()[0], context, cancellationToken);
    }

    public static OpenApiSchema Problem() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "RFC 9457 problem details.",
        Required = new HashSet<string> { "type", "title", "status", "code" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = new OpenApiSchema { Type = JsonSchemaType.String, Format = "uri" },
            ["title"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer },
            ["detail"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["code"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "Stable; what a program decides by." },
            ["errors"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String } },
            },
        },
    };

    /// <summary>Removes additionalProperties: false from response schemas: only request bodies are strict, clients ignore unknown members.</summary>
    public static void OpenAnswers(OpenApiDocument document)
    {
        var strict = new HashSet<string>();
        foreach (var operation in document.Paths.Values.SelectMany(path => path.Operations?.Values ?? Enumerable.Empty<OpenApiOperation>()))
            foreach (var content in operation.RequestBody?.Content?.Values ?? Enumerable.Empty<OpenApiMediaType>())
                Collect(content.Schema, strict, document);
        foreach (var (name, schema) in document.Components!.Schemas!)
            if (!strict.Contains(name) && schema is OpenApiSchema answer)
                answer.AdditionalPropertiesAllowed = true;
    }

    private static void Collect(IOpenApiSchema? schema, HashSet<string> names, OpenApiDocument document)
    {
        if (schema is OpenApiSchemaReference { Reference.Id: { } id })
        {
            if (names.Add(id) && document.Components!.Schemas!.TryGetValue(id, out var target))
                Collect(target, names, document);
            return;
        }

        foreach (var inner in (schema?.Properties?.Values ?? Enumerable.Empty<IOpenApiSchema>()).Concat(schema?.OneOf ?? []).Append(schema?.Items!))
            if (inner is not null)
                Collect(inner, names, document);
    }

    private static void Become(OpenApiSchema schema, JsonSchemaType type, string format, bool isNullable)
    {
        schema.Type = isNullable ? type | JsonSchemaType.Null : type;
        schema.Format = format;
        schema.Pattern = null;
    }

    // A member of a JSON merge patch may be absent or null, whatever its type.
    private static async Task BecomePatched(OpenApiSchema schema, Type inner, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var of = await context.GetOrCreateSchemaAsync(inner, null, cancellationToken);
        schema.Type = of.Type is { } type ? type | JsonSchemaType.Null : null;
        schema.Format = of.Format;
        schema.Items = of.Items;
        schema.Pattern = of.Pattern;
        schema.Default = null;
        schema.Description = null;
    }

    private static bool IsId(Type type) => Array.Exists(type.GetInterfaces(), static i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IEntityId<>));

    // The generator omits the schema of an inline item type that it has met before.
    private static Type? IdIn(Type list) => list.IsGenericType && list.GetGenericArguments() is [var item] && IsId(item) && !IsPatch(list) ? item : null;

    private static bool IsPatch(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Patch<>);
}
