# netherlink_embed(TARGET FOLDER): every file of FOLDER becomes part of the binary, readable through
# netherlink::embedded::<folder>() (see cmake/embed.cmake for the generated code).
function(netherlink_embed target folder)
  string(MAKE_C_IDENTIFIER "${folder}" id)
  file(GLOB files CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${folder}/*.*")
  set(output "${CMAKE_BINARY_DIR}/embedded/${id}.cpp")
  add_custom_command(
    OUTPUT "${output}"
    COMMAND "${CMAKE_COMMAND}" -DOUTPUT=${output} -DID=${id} "-DFILES=${files}" -P "${CMAKE_SOURCE_DIR}/cmake/embed.cmake"
    DEPENDS ${files} "${CMAKE_SOURCE_DIR}/cmake/embed.cmake" VERBATIM)
  target_sources(${target} PRIVATE "${output}")
endfunction()
